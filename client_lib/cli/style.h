#ifndef POSTERN_CLI_STYLE_H_
#define POSTERN_CLI_STYLE_H_

#include <string>

#include "absl/time/time.h"

namespace postern::cli {

// What the user asked for.
enum class ColorChoice { kAuto, kAlways, kNever };
// What is done.
enum class Color { kOff, kOn };

enum class Tone { kGood, kWarning, kBad };

// kAuto: on where standard error is a terminal that understands colours and NO_COLOR is unset or
// empty.
Color ResolveColor(ColorChoice choice);
// Whether the descriptor is a terminal on which a line can be redrawn.
bool IsRedrawable(int fd);

std::string Paint(const std::string& text, Tone tone, Color color);

// For people, three digits and a unit: "850 us", "12.3 ms", "1.24 s", "75.0 s".
std::string ShortDuration(absl::Duration duration);

}  // namespace postern::cli

#endif  // POSTERN_CLI_STYLE_H_
