// A layer's lesson: everything that its page shows, computed from the layer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lesson/accuracy.hpp"
#include "lesson/matching.hpp"
#include "lesson/timings.hpp"
#include "symbolic/derive/derivation.hpp"
#include "symbolic/present/written_out.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/sample.hpp"
#include "symbolic/roads/sweeps.hpp"

namespace chalktape::lesson {

struct Options {
  roads::Request worked;        ///< of the small worked example; f64
  present::Sizes at;            ///< sizes at which formulas are written out; those that are missing are small
  std::vector<Timing> timings;  ///< measured somewhere; those of other layers are left out
  double timeout_seconds = 30;
  std::function<void(double)> progress{};  ///< is told the fraction of the work that is done
};

struct LayerLesson {
  language::Layer layer;
  std::string source;                           ///< the layer as its author wrote it, comments included; may be empty
  std::vector<derive::Derivation> derivations;  ///< verified; staged, then direct
  present::Sizes at;

  roads::Problem worked;
  std::unique_ptr<roads::Sweeps> sweeps;  ///< of the worked example
  std::unique_ptr<Matching> matching;
  std::optional<roads::Comparison> exact;          ///< of the worked example in f64
  std::optional<roads::Comparison> comparison;     ///< in f32, at the sizes that `compare` takes or smaller
  std::map<std::string, std::int64_t> operations;  ///< scalar operations of the way back in that comparison, by road
  Accuracy accuracy;
  std::vector<Timing> timings;
  std::vector<std::string> left_out;  ///< parts that this layer does not have, and why

  [[nodiscard]] const derive::Derivation& staged() const { return derivations.front(); }
};

/// Derives, checks, sweeps, compares and measures. Throws derive::Error where there is no derivation, roads::Error,
/// lower::Error or engine::Error where there is no worked example.
[[nodiscard]] LayerLesson make_lesson(const language::Layer& layer, std::string source, const Options& options);

}  // namespace chalktape::lesson
