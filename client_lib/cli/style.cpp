#include "cli/style.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace postern::cli {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// SGR codes (ECMA-48 section 8.3.117).
const char* Code(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "32";
    case Tone::kWarning:
      return "33";
    case Tone::kBad:
      return "31";
  }
  return "0";
}

std::string ThreeDigits(double value) {
  return absl::StrFormat("%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

}  // namespace

bool IsRedrawable(int fd) { return isatty(fd) != 0 && Environment("TERM") != "dumb"; }

Color ResolveColor(ColorChoice choice) {
  switch (choice) {
    case ColorChoice::kAlways:
      return Color::kOn;
    case ColorChoice::kNever:
      return Color::kOff;
    case ColorChoice::kAuto:
      break;
  }
  return IsRedrawable(STDERR_FILENO) && Environment("NO_COLOR").empty() ? Color::kOn : Color::kOff;
}

std::string Paint(const std::string& text, Tone tone, Color color) {
  return color == Color::kOff ? text : absl::StrCat("\x1b[", Code(tone), "m", text, "\x1b[0m");
}

std::string ShortDuration(absl::Duration duration) {
  const double us = absl::ToDoubleMicroseconds(duration);
  if (us < 1e3) return absl::StrFormat("%.0f us", us);
  if (us < 1e6) return ThreeDigits(us / 1e3) + " ms";
  return ThreeDigits(us / 1e6) + " s";
}

}  // namespace postern::cli
