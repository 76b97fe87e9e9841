#ifndef POSTERN_CORE_FAILURE_H_
#define POSTERN_CORE_FAILURE_H_

#include <cstdint>
#include <string>

namespace postern::core {

// The enumerators carry the numbers of postern.v1, so that conversion is a cast (rpc/convert.cpp
// asserts it).

enum class FailureCode : std::uint8_t {
  kNone = 0,
  kInvalidItem = 1,
  kPolicyDenied = 2,
  kOverloaded = 3,
  kRateLimited = 4,
  kCircuitOpen = 5,
  kDns = 6,
  kConnect = 7,
  kTls = 8,
  kTimeout = 9,
  kConnectionLost = 10,
  kBadResponse = 11,
  kResponseTooLarge = 12,
  kCancelled = 13,
  kDraining = 14,
  kInternal = 15,
};

// Where an item is, or where an attempt ended.
enum class Phase : std::uint8_t {
  kNone = 0,
  kQueue = 1,
  kDns = 2,
  kConnect = 3,
  kTls = 4,
  kSend = 5,     // until the last byte of the request is with the kernel
  kWait = 6,     // until the first byte of the response
  kReceive = 7,  // until the last byte of the response
  kBackoff = 8,
};

// What the origin may have seen of a request: computed from the wire, never guessed.
enum class Delivery : std::uint8_t {
  kUnspecified = 0,
  kNotSent = 1,    // not one byte was handed to the network
  kMaybeSent = 2,  // some bytes were, and no complete response head came back
  kAnswered = 3,   // a complete, valid head of a final response was read
};

struct Failure {
  FailureCode code = FailureCode::kNone;
  Phase phase = Phase::kNone;
  Delivery delivery = Delivery::kUnspecified;
  std::string message;  // for people; carries no secret
};

}  // namespace postern::core

#endif  // POSTERN_CORE_FAILURE_H_
