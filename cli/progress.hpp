// A progress bar on standard error, for what takes longer than a second.
#pragma once

#include <chrono>
#include <string>

namespace chalktape::cli {

/// Draws nothing unless standard error is a terminal, and nothing at first. Erases itself when destroyed.
/// For one thread.
class Progress {
 public:
  /// `what` is shown before the bar, in a few words; nothing is drawn before `patience` has passed.
  explicit Progress(std::string what, std::chrono::milliseconds patience = std::chrono::seconds(1));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;

  /// `fraction` of the work is done, between 0 and 1. Cheap: redraws at most ten times a second.
  void update(double fraction);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point next_drawing_;
};

}  // namespace chalktape::cli
