#include "lesson/timings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "engine/text.hpp"

namespace chalktape::lesson {

std::vector<Timing> read_timings(const std::string& text, const std::string& file) {
  std::vector<Timing> timings;
  try {
    for (const auto& row : nlohmann::json::parse(text)) {
      if (!row.contains("layer")) continue;  // of something that is no layer
      Timing timing{row.at("layer"), row.at("what"), row.at("threads"), {}};
      for (const auto& [road, time] : row.at("microseconds").items())
        timing.microseconds.emplace_back(road, time.get<double>());
      timings.push_back(std::move(timing));
    }
  } catch (const nlohmann::json::exception& error) {
    throw engine::Error(fmt::format("'{}' is not what ./run bench tape writes: {}", engine::printable(file),
                                    engine::printable(error.what(), 200)));
  }
  return timings;
}

}  // namespace chalktape::lesson
