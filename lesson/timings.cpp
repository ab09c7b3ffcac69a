#include "lesson/timings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "engine/text.hpp"

namespace chalktape::lesson {

std::vector<Timing> read_timings(const std::string& text, const std::string& file) {
  std::vector<Timing> timings;
  const auto refuse = [&](const std::string& why) {
    return engine::Error(fmt::format("'{}' is not what ./run bench tape writes: {}", engine::printable(file),
                                     engine::printable(why, 200)));
  };
  try {
    const auto rows = nlohmann::json::parse(text);
    if (!rows.is_array()) throw refuse("it is no list");
    for (const auto& row : rows) {
      if (!row.contains("layer")) continue;  // of something that is no layer
      Timing timing{row.at("layer"), row.at("what"), row.at("threads"), {}};
      for (const auto& [road, time] : row.at("microseconds").items())
        timing.microseconds.emplace_back(road, time.get<double>());
      timings.push_back(std::move(timing));
    }
  } catch (const nlohmann::json::exception& error) {
    throw refuse(error.what());
  }
  return timings;
}

}  // namespace chalktape::lesson
