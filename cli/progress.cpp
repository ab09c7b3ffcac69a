#include "cli/progress.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "cli/terminal.hpp"

namespace chalktape::cli {
namespace {

constexpr std::chrono::milliseconds between_drawings{100};
constexpr std::size_t cells = 30;

}  // namespace

Progress::Progress(std::string what, std::chrono::milliseconds patience)
    : what_(std::move(what)), enabled_(can_redraw_standard_error()), next_drawing_(Clock::now() + patience) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);  // return, and erase to the line's end
}

void Progress::update(double fraction) {
  if (!enabled_ || Clock::now() < next_drawing_) return;
  next_drawing_ = Clock::now() + between_drawings;
  drawn_ = true;
  const double done = std::clamp(fraction, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(done * static_cast<double>(cells));
  const std::string bar = fmt::format("\r{} [{:#<{}}{:.<{}}] {:3.0f} %", what_, "", full, "", cells - full, 100 * done);
  std::fputs(bar.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace chalktape::cli
