#include "engine/tape/draw.hpp"

#include <algorithm>
#include <cmath>
#include <locale>
#include <memory>
#include <sstream>

#include <boost/graph/graphviz.hpp>
#include <fmt/format.h>
#include <gvc.h>

#include "engine/text.hpp"

extern "C" {
// Graphviz' plugins, linked instead of looked up on the machine: without the one that asks the machine for its fonts,
// the layout is the same everywhere.
extern gvplugin_library_t gvplugin_dot_layout_LTX_library;  // NOLINT(readability-identifier-naming)
extern gvplugin_library_t gvplugin_core_LTX_library;        // NOLINT(readability-identifier-naming)
}

namespace chalktape::engine {

namespace {

// A string of Graphviz' language whose label shows exactly this text.
std::string dot_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '&') {
      result += "&amp;";  // labels read HTML's entities
    } else {
      result += c;
    }
  }
  return result + '"';
}

// The same in a label that is made like HTML.
std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return result;
}

std::string shown_name(const Graph& graph, NodeId node) { return printable(display_name(graph, node)); }

std::string shown_name(const Graph& graph, NodeId node, const DrawOptions& options) {
  const auto given = options.names.find(node);
  return given == options.names.end() ? shown_name(graph, node) : printable(given->second);
}

std::string shown_shape(const Graph& graph, NodeId node, const DrawOptions& options) {
  const auto given = options.shapes.find(node);
  if (given != options.shapes.end()) return printable(given->second);
  const Shape& shape = graph[node].shape;
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "×"));
}

// What the node is: its op with attributes, or its role.
std::string shown_kind(const Node& node) {
  if (node.role == NodeRole::input) return node.requires_grad ? "input" : "input, no gradient";
  if (node.role == NodeRole::constant) return "constant";
  const std::string attributes = to_text(node.attributes);
  return attributes.empty() ? std::string(node.op->name) : fmt::format("{} {}", node.op->name, attributes);
}

// The edges that the backward sweep takes, in its order.
std::vector<BackwardEdge> backward_edges(const Graph& graph, const DrawOptions& options) {
  std::vector<NodeId> outputs = options.outputs;
  std::vector<NodeId> targets = options.with_respect_to;
  for (const NodeId node : boost::make_iterator_range(boost::vertices(graph))) {
    if (options.outputs.empty() && boost::out_degree(node, graph) == 0) outputs.push_back(node);
    const bool is_target = graph[node].role == NodeRole::input && graph[node].requires_grad;
    if (options.with_respect_to.empty() && is_target) targets.push_back(node);
  }
  const std::vector<NodeId> order = backward_order(graph, outputs, targets);
  std::vector<char> visited(boost::num_vertices(graph), 0);
  for (const NodeId node : order) visited[node] = 1;
  std::vector<BackwardEdge> edges;
  for (const NodeId node : order) {
    if (graph[node].op == nullptr || !graph[node].op->passes_gradient) continue;
    int position = 0;
    for (const NodeId operand : operands_of(graph, node)) {
      if (visited[operand] != 0) edges.push_back({node, operand, position});
      ++position;
    }
  }
  return edges;
}

/// What is drawn: Graphviz' attributes of each node and arrow. Arrows stay in the order in which they are added.
using Picture = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, std::string, std::string>;

constexpr std::string_view backward_colour = "#c81e1e";

std::size_t columns_of(const std::vector<std::vector<std::string>>& rows) {
  std::size_t columns = 0;
  for (const auto& row : rows) columns = std::max(columns, row.size());
  return columns;
}

/// A row's cells, each behind a gap; empty ones where it has fewer than `columns`.
std::string cells(const std::vector<std::vector<std::string>>& rows, std::size_t row, std::size_t columns,
                  std::string_view colour, int first_gap) {
  std::string text;
  for (std::size_t c = 0; c < columns; ++c) {
    text += fmt::format(R"(<TD WIDTH="{}"></TD>)", c == 0 ? first_gap : 6);
    const bool is_there = row < rows.size() && c < rows[row].size();
    text += is_there
                ? fmt::format(R"(<TD ALIGN="RIGHT"><FONT COLOR="{}" FACE="Courier" POINT-SIZE="10">{}</FONT></TD>)",
                              colour, html_text(printable(rows[row][c])))
                : "<TD></TD>";
  }
  return text;
}

/// The room for a line of text, in points: the fonts at hand where the picture is looked at may be wider than
/// Helvetica, by which Graphviz reckons.
int room_for(std::string_view text, double font_size) {
  constexpr double of_the_size = 0.6;  // a wide sans-serif's mean advance
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // UTF-8's first bytes
  });
  return static_cast<int>(std::ceil(of_the_size * font_size * static_cast<double>(letters)));
}

/// Name, op and shape over the columns of the value and those of the gradient.
std::string label_with_numbers(const Graph& graph, NodeId node, const DrawOptions& options,
                               const NodeNumbers& numbers) {
  const std::size_t of_value = columns_of(numbers.value), of_gradient = columns_of(numbers.gradient);
  std::string rows;
  for (std::size_t r = 0; r < std::max(numbers.value.size(), numbers.gradient.size()); ++r)
    rows += "<TR>" + cells(numbers.value, r, of_value, "#333333", 0) +
            cells(numbers.gradient, r, of_gradient, backward_colour, 14) + "</TR>";
  const std::string kind = fmt::format("{}, {}", shown_kind(graph[node]), shown_shape(graph, node, options));
  constexpr int small = 9;
  return fmt::format(R"(<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1"><TR><TD COLSPAN="{0}"><B>{1}</B></TD></TR>)"
                     R"(<TR><TD COLSPAN="{0}" WIDTH="{2}"><FONT POINT-SIZE="{3}">{4}</FONT></TD></TR>{5}</TABLE>>)",
                     std::max<std::size_t>(2 * (of_value + of_gradient), 1),
                     html_text(shown_name(graph, node, options)), room_for(kind, small), small, html_text(kind), rows);
}

std::string attributes_of(const Graph& graph, NodeId node, const DrawOptions& options) {
  const std::string_view fill = graph[node].role == NodeRole::result ? ""
                                : graph[node].requires_grad          ? ", fillcolor=\"#dce8f5\""
                                                                     : ", style=filled, fillcolor=\"#ffffff\"";
  if (const auto numbers = options.numbers.find(node); numbers != options.numbers.end())
    return fmt::format(R"(id="node_{}", label={}{})", node, label_with_numbers(graph, node, options, numbers->second),
                       fill);
  std::string name = dot_string(shown_name(graph, node, options));
  name.pop_back();  // the quotation mark: more lines follow
  return fmt::format(R"(id="node_{}", label={}\n{}\n{}{})", node, name, shown_kind(graph[node]),
                     dot_string(shown_shape(graph, node, options)).substr(1), fill);
}

std::string assignment(const Graph& graph, NodeId node) {
  if (graph[node].op == nullptr) return fmt::format("{} = {}", shown_name(graph, node), shown_kind(graph[node]));
  std::vector<std::string> operands;
  for (const NodeId operand : operands_of(graph, node)) operands.push_back(shown_name(graph, operand));
  const std::string attributes = to_text(graph[node].attributes);
  return fmt::format("{} = {}({}{}{})", shown_name(graph, node), graph[node].op->name, fmt::join(operands, ", "),
                     attributes.empty() ? "" : "; ", attributes);
}

}  // namespace

std::string gradient_name(const Graph& graph, NodeId node) { return fmt::format("d{}", display_name(graph, node)); }

std::string to_dot(const Graph& graph, const DrawOptions& options) {
  Picture picture(boost::num_vertices(graph));
  for (const NodeId node : boost::make_iterator_range(boost::vertices(graph))) {
    picture[node] = attributes_of(graph, node, options);
    int position = 0;
    for (const NodeId operand : operands_of(graph, node)) {
      boost::add_edge(operand, node, fmt::format("id=\"forward_{}_{}_{}\", class=forward", operand, node, position++),
                      picture);
    }
  }
  if (options.backward) {
    for (const BackwardEdge& edge : backward_edges(graph, options)) {
      const auto& [result, operand, position] = edge;
      const auto given = options.backward_labels.find(edge);
      const std::string label = given == options.backward_labels.end() ? gradient_name(graph, operand) : given->second;
      boost::add_edge(
          result, operand,
          fmt::format("id=\"backward_{}_{}_{}\", class=backward, color=\"{}\", fontcolor=\"{}\", "
                      "label={}, constraint=false",
                      result, operand, position, backward_colour, backward_colour, dot_string(printable(label))),
          picture);
    }
  }
  std::ostringstream dot;
  dot.imbue(std::locale::classic());
  const auto write = [&picture](std::ostream& out, const auto& what) { out << " [" << picture[what] << ']'; };
  boost::write_graphviz(dot, picture, write, write, [&options](std::ostream& out) {
    if (!options.title.empty()) out << "  label=" << dot_string(printable(options.title)) << "; labelloc=t;\n";
    out << "  bgcolor=transparent; fontname=Helvetica;\n"
           "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f4f0\", color=\"#333333\", fontname=Helvetica, "
           "fontsize=11];\n"
           "  edge [color=\"#333333\", fontname=Helvetica, fontsize=10];\n";
    // Nodes that hold their numbers are large: what is between them is made small.
    if (!options.numbers.empty()) out << "  ranksep=0.22; nodesep=0.2; node [margin=\"0.1,0.07\"];\n";
  });
  return dot.str();
}

std::string to_svg(const Graph& graph, const DrawOptions& options) {
  // Graphviz wants a table it may write to; it is terminated by an empty entry.
  static lt_symlist_t plugins[] = {{"gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library},
                                   {"gvplugin_core_LTX_library", &gvplugin_core_LTX_library},
                                   {nullptr, nullptr}};
  const auto failed = [](std::string_view what) { return Error(fmt::format("drawing: Graphviz could not {}", what)); };
  const std::unique_ptr<GVC_t, int (*)(GVC_t*)> context(gvContextPlugins(plugins, 0), gvFreeContext);
  if (context == nullptr) throw failed("start");
  const std::unique_ptr<Agraph_t, int (*)(Agraph_t*)> drawing(agmemread(to_dot(graph, options).c_str()), agclose);
  if (drawing == nullptr) throw failed("read the graph");
  if (gvLayout(context.get(), drawing.get(), "dot") != 0) throw failed("lay the graph out");
  char* rendered = nullptr;
  unsigned int length = 0;
  const int status = gvRenderData(context.get(), drawing.get(), "svg", &rendered, &length);
  const std::unique_ptr<char, void (*)(char*)> bytes(rendered, gvFreeRenderData);
  gvFreeLayout(context.get(), drawing.get());
  if (status != 0 || bytes == nullptr) throw failed("render the graph");
  return {bytes.get(), length};
}

std::string to_text(const Graph& graph, const DrawOptions& options) {
  std::string text;
  if (!options.title.empty()) text += printable(options.title) + "\n";
  for (const NodeId node : boost::make_iterator_range(boost::vertices(graph))) {
    text += fmt::format("{} : {}\n", assignment(graph, node), shown_shape(graph, node, options));
  }
  if (options.backward) {
    text += "backward\n";
    for (const auto& [result, operand, position] : backward_edges(graph, options)) {
      text += fmt::format("{} += pullback of {} by operand {} of {}\n", printable(gradient_name(graph, operand)),
                          printable(gradient_name(graph, result)), position + 1, assignment(graph, result));
    }
  }
  return text;
}

}  // namespace chalktape::engine
