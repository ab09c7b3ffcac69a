#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/tape/draw.hpp"
#include "lesson/sections.hpp"
#include "symbolic/roads/numbers.hpp"
#include "symbolic/roads/wording.hpp"

namespace chalktape::lesson {
namespace {

using engine::NodeId;
using engine::Tensor;
using roads::BackwardStep;

/// What of a tensor stands in its node; the list of steps has all of it.
constexpr std::size_t most_rows = 3, most_columns = 2;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// A formula of words and ASCII signs as mathematics.
std::string pretty(std::string text) {
  replace_all(text, "*", "·");
  replace_all(text, "^2", "²");
  replace_all(text, " - ", " − ");
  replace_all(text, "(-", "(−");
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

/// The rows of a tensor, cut off where there are more than fit; "…" says so.
std::vector<std::vector<std::string>> rows_of(const Tensor& tensor) {
  const engine::Shape& shape = tensor.shape();
  const std::size_t columns = shape.empty() ? 1 : static_cast<std::size_t>(shape.back());
  const std::vector<double> values = tensor.to_vector();
  std::vector<std::vector<std::string>> rows;
  for (std::size_t first = 0; first < values.size(); first += columns) {
    rows.emplace_back();
    if (rows.size() > most_rows) {
      rows.back().emplace_back("…");
      break;
    }
    for (std::size_t c = 0; c < std::min(columns, most_columns); ++c)
      rows.back().push_back(roads::number_text(values[first + c]));
    if (columns > most_columns) rows.back().emplace_back("…");
  }
  return rows;
}

class GraphSection {
 public:
  GraphSection(const LayerLesson& lesson, std::string id)
      : lesson_(lesson), id_(std::move(id)), wording_(lesson.worked, *lesson.sweeps, true) {}

  Html write() {
    const Html controls = element("div", {{"class", "controls"}, {"data-stepper", "tape"}}, {});
    const Html picture =
        element("div", {{"class", "picture"}, {"role", "group"}, {"aria-label", "The graph of " + lesson_.layer.name}},
                Html::markup(svg()));
    const Html legend =
        element("p", {{"class", "legend quiet"}},
                element("span", {{"class", "key key-forward"}}, "values forward") + " " +
                    element("span", {{"class", "key key-backward"}}, "gradients backward, times the local derivative") +
                    fmt::format("Worked example: {}{}seed {}.", roads::sizes_text(lesson_.worked),
                                lesson_.layer.sizes.empty() ? "" : ", ", lesson_.worked.seed));
    return section(id_ + "-tape", "panel tape", "The computational road",
                   controls + legend + picture + element("div", {{"class", "steps-box"}}, events()));
  }

 private:
  [[nodiscard]] const engine::Graph& graph() const { return lesson_.sweeps->tape.graph(); }

  [[nodiscard]] std::string svg() const {
    engine::DrawOptions options;
    options.backward = true;
    for (const auto& [node, gradient] : lesson_.sweeps->forward.upstream) options.outputs.push_back(node);
    options.with_respect_to = lesson_.sweeps->forward.tensors;
    for (NodeId node = 0; node < boost::num_vertices(graph()); ++node) {
      options.names[node] = titled(node);
      const std::string shape = wording_.shape(node);
      if (!shape.empty()) options.shapes[node] = shape;
    }
    for (const NodeId node : lesson_.sweeps->shown)
      options.numbers[node].value = rows_of(lesson_.sweeps->tape.value(node));
    for (const BackwardStep& step : lesson_.sweeps->backward) {
      if (step.kind == BackwardStep::Kind::complete) options.numbers[step.node].gradient = rows_of(step.values);
      if (step.kind == BackwardStep::Kind::contribution)
        options.backward_labels[{step.from, step.node, step.position}] = " " + label(step) + " ";
    }
    return placed(engine::to_svg(graph(), options));
  }

  /// "v5 = x − μ", or the name alone where the formula is long.
  [[nodiscard]] std::string titled(NodeId node) const {
    std::string name = wording_.name(node);
    if (graph()[node].op == nullptr) return name;
    std::string text = name + " = " + pretty(wording_.formula(node));
    constexpr std::size_t longest = 36;
    return text.size() <= longest ? text : name;
  }

  /// The local derivative, short enough for an edge.
  [[nodiscard]] std::string label(const BackwardStep& step) const {
    const std::string text = pretty(wording_.local_derivative(step));
    constexpr std::size_t longest = 14;
    return text.size() <= longest ? "·" + in_parentheses(text) : "·…";
  }
  [[nodiscard]] static std::string in_parentheses(const std::string& text) {
    return text.starts_with("−") || text.find(' ') != std::string::npos ? "(" + text + ")" : text;
  }

  /// Graphviz' picture as a part of the page: without prolog and comments, ids with the layer's in front, nodes that
  /// can be focused and say what they are.
  [[nodiscard]] std::string placed(std::string svg) const {
    svg.erase(0, svg.find("<svg"));
    for (std::size_t at = svg.find("<!--"); at != std::string::npos; at = svg.find("<!--", at))
      svg.erase(at, svg.find("-->", at) + 3 - at);
    for (std::size_t at = svg.find("<title>"); at != std::string::npos; at = svg.find("<title>", at))
      svg.erase(at, svg.find("</title>", at) + 8 - at);
    replace_all(svg, "id=\"", "id=\"" + id_ + "-");
    for (const NodeId node : lesson_.sweeps->shown) {
      const bool is_result = graph()[node].op != nullptr;
      const std::string name =
          is_result ? wording_.name(node) + " = " + pretty(wording_.formula(node)) : wording_.name(node);
      const Html tag = element("g",
                               {{"id", fmt::format("{}-node_{}", id_, node)},
                                {"class", "node"},
                                {"data-node", fmt::format("{}", node)},
                                {"tabindex", "0"},
                                {"role", "button"},
                                {"aria-pressed", "false"},
                                {"aria-label", name}},
                               {});
      const std::string opening = tag.text().substr(0, tag.text().size() - 4);  // without </g>
      replace_all(svg, fmt::format(R"(<g id="{}-node_{}" class="node">)", id_, node), opening);
    }
    return svg;
  }

  [[nodiscard]] Html numbers(NodeId node, const Tensor& tensor) const {
    return element("pre", {{"class", "numbers"}}, roads::matrix_text(tensor, "", wording_.axes(node)));
  }

  [[nodiscard]] Html shape(NodeId node) const {
    const std::string text = wording_.shape(node);
    return text.empty() ? Html() : element("span", {{"class", "shape"}}, " [" + text + "]");
  }

  [[nodiscard]] Html formula(const std::string& text) const { return element("span", {{"class", "formula"}}, text); }

  Html events() {
    std::map<NodeId, int> expected;
    for (const BackwardStep& step : lesson_.sweeps->backward)
      expected[step.node] = std::max(expected[step.node], step.contributions);
    Html items;
    for (const NodeId node : lesson_.sweeps->shown) items += forward_event(node);
    for (const BackwardStep& step : lesson_.sweeps->backward) items += backward_event(step, expected);
    return element("ol", {{"class", "events"}, {"aria-label", "Steps of the two sweeps"}}, items);
  }

  Html forward_event(NodeId node) {
    std::string edges;
    int position = 0;
    for (const NodeId operand : engine::operands_of(graph(), node))
      edges += fmt::format("{}forward_{}_{}_{}", edges.empty() ? "" : " ", operand, node, position++);
    const bool is_result = graph()[node].op != nullptr;
    const std::string name = wording_.name(node);
    return element(
        "li",
        {{"class", "event forward"},
         {"data-node", fmt::format("{}", node)},
         {"data-name", graph()[node].name},
         {"data-edges", edges}},
        element("p", element("span", {{"class", "phase"}}, "forward") + " " +
                         formula(is_result ? name + " = " + pretty(wording_.formula(node)) : name) + shape(node)) +
            numbers(node, lesson_.sweeps->tape.value(node)));
  }

  Html backward_event(const BackwardStep& step, const std::map<NodeId, int>& expected) {
    const std::string gradient = wording_.gradient(step.node);
    const bool meets = step.kind == BackwardStep::Kind::complete;
    if (meets && step.contributions < 2) return {};  // its only part stands above
    Attributes attributes{{"class", "event backward"},
                          {"data-node", fmt::format("{}", step.node)},
                          {"data-name", graph()[step.node].name}};
    const bool done = step.kind != BackwardStep::Kind::complete && step.contributions == expected.at(step.node);
    if (done) attributes.emplace_back("data-done", "");
    if (meets && graph()[step.node].op == nullptr) attributes.emplace_back("data-result", "");
    Html line = element("span", {{"class", "phase"}}, "backward") + " ";
    Html rest;
    if (step.kind == BackwardStep::Kind::upstream) {
      line += formula(gradient) + " is the upstream gradient" + shape(step.node);
    } else if (meets) {
      line +=
          formula(gradient) + fmt::format(" is complete: the sum of {} parts, where paths meet", step.contributions);
    } else {
      attributes.emplace_back("data-edges", fmt::format("backward_{}_{}_{}", step.from, step.node, step.position));
      attributes.emplace_back("data-from", fmt::format("{}", step.from));
      line +=
          formula(fmt::format("{} {} {}", gradient, step.so_far ? "+=" : "=", pretty(wording_.contribution(step)))) +
          shape(step.node);
      rest = element("p", {{"class", "quiet"}},
                     fmt::format("back along {} = {}; the local derivative by {} is {}", wording_.name(step.from),
                                 pretty(wording_.formula(step.from)), wording_.name(step.node),
                                 pretty(wording_.local_derivative(step))));
    }
    Html content = element("p", line) + rest + numbers(step.node, step.values);
    if (step.so_far)
      content += element("p", {{"class", "quiet"}}, "so far " + gradient) + numbers(step.node, *step.so_far);
    return element("li", attributes, content);
  }

  const LayerLesson& lesson_;
  std::string id_;
  roads::Wording wording_;
};

}  // namespace

Html graph_section(const LayerLesson& lesson, const std::string& id) { return GraphSection(lesson, id).write(); }

}  // namespace chalktape::lesson
