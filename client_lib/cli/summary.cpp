#include "cli/summary.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace postern::cli {
namespace {

Tone StatusTone(std::size_t status_class) {
  return status_class == 2 || status_class == 3 ? Tone::kGood
         : status_class == 4                    ? Tone::kWarning
                                                : Tone::kBad;
}

std::string Row(const char* label, const std::string& text) {
  return absl::StrFormat("  %-10s %s\n", label, text);
}

// "(2xx 900, 5xx 3)"
std::string StatusClasses(const Tally& tally, Color color) {
  std::vector<std::string> parts;
  for (std::size_t i = 1; i <= Tally::kStatusClasses; ++i) {
    const std::size_t status_class = i % Tally::kStatusClasses;
    const std::uint64_t count = tally.status_classes()[status_class];
    if (count == 0) continue;
    const std::string name = status_class == 0 ? "other" : absl::StrCat(status_class, "xx");
    parts.push_back(Paint(absl::StrCat(name, " ", count), StatusTone(status_class), color));
  }
  return absl::StrCat("(", absl::StrJoin(parts, ", "), ")");
}

std::string FailureCodes(const Tally& tally, Color color) {
  std::vector<std::string> parts;
  for (const auto& [code, count] : tally.failures()) {
    parts.push_back(Paint(absl::StrCat(Name(code), " ", count), Tone::kBad, color));
  }
  return absl::StrCat("(", absl::StrJoin(parts, ", "), ")");
}

std::string Percentiles(const LatencyHistogram& histogram) {
  if (histogram.count() == 1) return ShortDuration(histogram.max());
  return absl::StrCat("p50 ", ShortDuration(histogram.Percentile(0.50)), "  p90 ",
                      ShortDuration(histogram.Percentile(0.90)), "  p99 ",
                      ShortDuration(histogram.Percentile(0.99)), "  max ",
                      ShortDuration(histogram.max()));
}

}  // namespace

std::string RenderSummary(const Tally& tally, absl::Duration elapsed, Color color) {
  const std::uint64_t results = tally.results();
  std::string text =
      absl::StrCat(results, results == 1 ? " result in " : " results in ", ShortDuration(elapsed));
  if (results > 1 && elapsed > absl::ZeroDuration()) {
    absl::StrAppendFormat(&text, ", %.1f items/s",
                          static_cast<double>(results) / absl::ToDoubleSeconds(elapsed));
  }
  text += "\n";
  if (tally.responses() > 0) {
    text += Row("responses", absl::StrCat(tally.responses(), " ", StatusClasses(tally, color)));
  }
  if (tally.failure_count() > 0) {
    text += Row("failures", absl::StrCat(tally.failure_count(), " ", FailureCodes(tally, color)));
  }
  if (tally.missing() > 0) text += Row("no result", absl::StrCat(tally.missing()));
  if (tally.bad_lines() > 0) text += Row("bad lines", absl::StrCat(tally.bad_lines()));
  if (results > 0) text += Row("latency", Percentiles(tally.latency()));
  if (tally.exchange().count() > 0) text += Row("origin", Percentiles(tally.exchange()));
  return text;
}

}  // namespace postern::cli
