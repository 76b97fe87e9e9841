// What goes to the gate and comes back: the messages of postern/v1/egress.proto, under short names.
// The proto file documents every field with its unit and default.
#ifndef POSTERN_TYPES_H_
#define POSTERN_TYPES_H_

#include <string>

#include "postern/v1/egress.pb.h"

namespace postern {

using v1::Attempt;
using v1::Delivery;
using v1::Failure;
using v1::FailureCode;
using v1::Header;
using v1::HttpResponse;
using v1::Idempotency;
using v1::Item;
using v1::ItemResult;
using v1::Phase;

// The short name of a value: "TIMEOUT" for FAILURE_CODE_TIMEOUT, "NOT_SENT", "WAIT". A value that
// this version does not know, from a newer gate, gives its number: "42".
std::string Name(FailureCode code);
std::string Name(Delivery delivery);
std::string Name(Phase phase);

}  // namespace postern

#endif  // POSTERN_TYPES_H_
