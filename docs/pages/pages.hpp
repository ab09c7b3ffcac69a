// The pages of docs/ that say what the code says, made from it.
#pragma once

#include <string>

namespace chalktape::docs {

/// Every rule of the registry, family by family: law, side conditions, why it terminates, its examples.
[[nodiscard]] std::string rules_page();

/// Every op of the engine's registry, family by family: formula, derivative, name in the language, domain of its tests.
[[nodiscard]] std::string ops_page();

/// Every built-in layer: its file, and the closed forms that are derived for its gradients with what they cost,
/// beside what the best published forms cost. Derives and checks them all: some seconds. Throws derive::Error, and
/// std::runtime_error where a published form is wrong.
[[nodiscard]] std::string layers_page();

/// What the texts in examples/published get wrong: as printed, with a counterexample and the repair. Throws
/// std::runtime_error where a verdict is not as the files expect it.
[[nodiscard]] std::string errata_page();
/// What batch norm's and layer norm's roads lose to rounding, road by condition, measured against 50 digits. Throws as
/// roads::compare does.
[[nodiscard]] std::string accuracy_page();

/// What can go wrong around the command, and what it does then: the rows of hazards.hpp.
[[nodiscard]] std::string reliability_page();
/// What docs/benchmarks.json says was measured, and on what machine; time against size of batch norm's and layer
/// norm's backward passes, as SVG. Throw engine::Error.
[[nodiscard]] std::string benchmarks_page();
[[nodiscard]] std::string batch_norm_plot();
[[nodiscard]] std::string layer_norm_plot();

}  // namespace chalktape::docs
