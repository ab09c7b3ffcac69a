// Measured times, where somebody has measured.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace chalktape::lesson {

/// One row of what `./run bench tape` writes.
struct Timing {
  std::string layer;
  std::string what;  ///< "batch norm (1024, 1024)"
  int threads = 1;
  std::vector<std::pair<std::string, double>> microseconds;  ///< by road, sorted by name
};

/// The rows of out/bench/tape.json that belong to a layer. Throws engine::Error for a text of another form; `file`
/// names it in the message.
[[nodiscard]] std::vector<Timing> read_timings(const std::string& text, const std::string& file);

}  // namespace chalktape::lesson
