#include "symbolic/derive/derive.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>

#include "symbolic/derive/direct.hpp"
#include "symbolic/derive/jacobian.hpp"
#include "symbolic/derive/staged.hpp"
#include "symbolic/notation/door.hpp"

namespace chalktape::derive {

using language::Layer;
using Clock = std::chrono::steady_clock;

namespace {

Clock::time_point deadline_of(const Options& options) {
  constexpr double longest_timeout = 1e6;  // what a clock's duration can hold, and more patience than anybody has
  const std::chrono::duration<double> timeout(std::min(options.timeout_seconds, longest_timeout));
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(timeout);
}

/// Runs `make`, notes how long it took, and says in the layer's terms what stopped it.
template <class Make>
Derivation timed(const Layer& layer, const Options& options, const Make& make) {
  const notation::OneAtATime door;
  const auto start = Clock::now();
  try {
    notation::forget_keys();
    Derivation derivation = make();
    derivation.style = options.style;
    derivation.derive_milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    return derivation;
  } catch (const GiNaC::pole_error&) {
    throw Error(fmt::format("the layer {} divides by something that is 0 for all inputs", layer.name));
  }
}

}  // namespace

Derivation derive(const Layer& layer, const Options& options) {
  return timed(layer, options, [&] {
    const auto deadline = deadline_of(options);
    const bool direct = options.style == Style::direct;
    Workspace workspace(layer, deadline, /*explains=*/!direct);
    const auto part = [&](double from, double to) {
      return [&, from, to](double fraction) {
        if (options.progress) options.progress(from + (to - from) * fraction);
      };
    };
    Derivation staged = derive_staged(workspace, part(0, direct ? 0.3 : 1));
    if (!direct) return staged;
    Workspace afresh(layer, deadline);
    return derive_direct(afresh, staged, part(0.3, 1));
  });
}

Derivation derive_jacobians(const Layer& layer, const std::vector<notation::FreeExpression>& derivatives,
                            const Options& options) {
  return timed(layer, options, [&] {
    Workspace workspace(layer, deadline_of(options));
    return jacobians(workspace, derivatives, options.progress);
  });
}

}  // namespace chalktape::derive
