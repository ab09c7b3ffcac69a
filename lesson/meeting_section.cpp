#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/tensor/tensor_functions.hpp"
#include "lesson/failures.hpp"
#include "lesson/sections.hpp"
#include "symbolic/present/difference.hpp"
#include "symbolic/roads/numbers.hpp"
#include "symbolic/roads/wording.hpp"

namespace chalktape::lesson {
namespace {

using engine::Tensor;

double largest_distance(const Tensor& a, const Tensor& b) {
  const auto of_a = a.to_vector(), of_b = b.to_vector();
  double largest = 0;
  for (std::size_t k = 0; k < of_a.size(); ++k) largest = std::max(largest, std::abs(of_a[k] - of_b[k]));
  return largest;
}

/// The tape's complete gradient of a name; nullptr where none flows.
const Tensor* on_tape(const LayerLesson& lesson, const std::string& name) {
  const auto node = lesson.sweeps->forward.environment.nodes.find(name);
  if (node == lesson.sweeps->forward.environment.nodes.end()) return nullptr;
  for (const roads::BackwardStep& step : lesson.sweeps->backward)
    if (step.kind == roads::BackwardStep::Kind::complete && step.node == node->second) return &step.values;
  return nullptr;
}

Html numbers(const Tensor& tensor, const std::vector<std::string>& axes) {
  return element("pre", {{"class", "numbers"}}, roads::matrix_text(tensor, "", axes));
}

Html accuracy_table(const roads::Comparison& exact) {
  Html head = element("th", {{"scope", "col"}}, "road"), rows;
  for (const auto& tensor : exact.problem.layer.tensors) head += element("th", {{"scope", "col"}}, "d" + tensor.name);
  for (const auto& road : exact.roads) {
    Html cells = element("th", {{"scope", "row"}}, road.name);
    for (const auto& tensor : exact.problem.layer.tensors)
      cells += element("td", fmt::format("{:.1e}", road.accuracy.at(tensor.name).error));
    rows += element("tr", cells);
  }
  return element("div",
                 {{"class", "table-box"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Errors of each road"}},
                 element("table", element("caption", "Largest error against 50 digits, in f64, at the worked example") +
                                      element("thead", element("tr", head)) + element("tbody", rows)));
}

}  // namespace

Html meeting_section(const LayerLesson& lesson, Formulas& formulas, const std::string& id) {
  Html rows;
  const roads::Wording wording(lesson.worked, *lesson.sweeps, true);
  for (const derive::Gradient& gradient : lesson.staged().gradients) {
    const Tensor* const tape = on_tape(lesson, gradient.of);
    if (gradient.name.empty() || tape == nullptr) continue;
    Tensor paper;
    if (failure_of([&] { paper = lesson.matching->value_of(gradient.value, gradient.indices); })) continue;
    const auto axes = wording.axes(lesson.sweeps->forward.environment.nodes.at(gradient.of));
    const double distance = largest_distance(*tape, paper);
    rows += element(
        "div", {{"class", "meeting"}, {"data-name", gradient.of}},
        formulas.equation(gradient.left, present::unshared(gradient.value)) +
            element("div", {{"class", "two"}},
                    element("div", element("p", {{"class", "quiet"}}, "on the tape") + numbers(*tape, axes)) +
                        element("div", element("p", {{"class", "quiet"}}, "by the formula") + numbers(paper, axes)) +
                        element("p", {{"class", "distance"}},
                                distance == 0 ? Html("equal to the last bit")
                                              : Html(fmt::format("largest difference {:.1e}", distance)))));
  }
  Html content = element("p",
                         "At the worked example, the tape's gradients and the closed forms of the derivation are the "
                         "same numbers, each computed without the other:") +
                 element("div", {{"class", "meetings"}}, rows);
  if (lesson.exact) content += accuracy_table(*lesson.exact);
  return section(id + "-meet", "meet", "Where the two roads meet", content);
}

}  // namespace chalktape::lesson
