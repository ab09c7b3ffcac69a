// Work in a process of its own, which may crash or run on without end.
#pragma once

#include <functional>
#include <string>

namespace chalktape::random_layers {

struct Ended {
  std::string output;      ///< what the work handed back; empty where it did not come to its end
  double seconds = 0;      ///< of processor time
  bool timed_out = false;  ///< it needed more processor time than it was given
  int signal = 0;          ///< that ended it; 0 where it ended by itself
};

/// Runs the work in a child process, with at most `seconds` (whole ones) of processor time: a busy machine takes
/// nothing from them. Where sanitizers leave the address space alone, memory is limited as well. The work must not
/// throw. Throws std::system_error where no process can be made.
[[nodiscard]] Ended isolated(const std::function<std::string()>& work, int seconds);

}  // namespace chalktape::random_layers
