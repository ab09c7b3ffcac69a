// Contenders measured in one process, all in turn in random order, several times: what the machine does meanwhile meets
// them alike.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace chalktape::bench {

using Contenders = std::map<std::string, std::function<void()>>;

class Times {
 public:
  void add(const std::string& name, double microseconds) { times_[name].push_back(microseconds); }
  [[nodiscard]] bool contains(const std::string& name) const { return times_.contains(name); }
  /// The median.
  [[nodiscard]] double microseconds(const std::string& name) const;
  /// (third quartile − first) / median
  [[nodiscard]] double spread(const std::string& name) const;

 private:
  [[nodiscard]] double quantile(const std::string& name, std::size_t quarters) const;
  std::map<std::string, std::vector<double>> times_;
};

/// Runs each once before, then Google Benchmark's repetitions, whose number and length its flags say.
[[nodiscard]] Times measure(const Contenders& contenders);

/// Has malloc keep freed memory, so that nobody pays for fresh pages, and gives Google Benchmark its flags: `defaults`,
/// then those of the command line that do not begin with one of `own`, whose values are returned ("" where absent).
std::map<std::string, std::string> initialise(int argc, char** argv, std::vector<std::string> defaults,
                                              const std::vector<std::string>& own);

/// Writes what was measured, and machine.json beside it: the processor, its cores and caches, the compiler. Nothing
/// where `file` is "".
void write_measured(const std::string& file, const nlohmann::json& entries);

}  // namespace chalktape::bench
