// The parts of a layer's lesson, in the order in which the page shows them. `id` is the layer's on the page ("l1").
#pragma once

#include <set>
#include <string>

#include "lesson/formulas.hpp"
#include "lesson/html.hpp"
#include "lesson/lesson.hpp"
#include "symbolic/report/detail.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::lesson {

/// The forward formulas, the names that the derivation introduced, and the layer's source where it is given.
[[nodiscard]] Html layer_section(const derive::Derivation& derivation, const std::string& source, Formulas& formulas,
                                 const std::string& id);
/// The computational road: the graph, and both sweeps step by step.
[[nodiscard]] Html graph_section(const LayerLesson& lesson, const std::string& id);
/// The paper road: the derivation in each style and detail. Adds the rules used.
[[nodiscard]] Html derivation_section(const LayerLesson& lesson, Formulas& formulas, const std::string& id,
                                      std::set<std::string>& rules);
/// The steps of what is selected, with the checks that they passed. Adds the rules used.
[[nodiscard]] Html derivation_steps(const report::Selection& selection, report::Detail detail, Formulas& formulas,
                                    std::set<std::string>& rules);
/// What the rules say.
[[nodiscard]] Html glossary(const std::set<std::string>& rules);
/// Where the roads meet: each closed form beside the tape's numbers.
[[nodiscard]] Html meeting_section(const LayerLesson& lesson, Formulas& formulas, const std::string& id);
/// What each road costs, and how exact it is.
[[nodiscard]] Html cost_section(const LayerLesson& lesson, const std::string& id);
/// Formulas at concrete sizes. Empty where they are too long.
[[nodiscard]] Html written_section(const LayerLesson& lesson, const std::string& id);

/// A heading with an id, and what follows it.
[[nodiscard]] Html section(const std::string& id, const std::string& css_class, const Html& heading,
                           const Html& content);

}  // namespace chalktape::lesson
