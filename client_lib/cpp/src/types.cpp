#include "postern/types.h"

#include <string>
#include <string_view>

namespace postern {
namespace {

std::string WithoutPrefix(const std::string& name, std::string_view prefix, int value) {
  return name.empty() ? std::to_string(value) : name.substr(prefix.size());
}

}  // namespace

std::string Name(FailureCode code) {
  return WithoutPrefix(v1::FailureCode_Name(code), "FAILURE_CODE_", code);
}

std::string Name(Delivery delivery) {
  return WithoutPrefix(v1::Delivery_Name(delivery), "DELIVERY_", delivery);
}

std::string Name(Phase phase) { return WithoutPrefix(v1::Phase_Name(phase), "PHASE_", phase); }

}  // namespace postern
