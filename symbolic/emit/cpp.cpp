#include "symbolic/emit/cpp.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/version.hpp"
#include "symbolic/emit/cpp_call.hpp"
#include "symbolic/emit/cpp_helpers.hpp"
#include "symbolic/emit/cpp_loop.hpp"
#include "symbolic/emit/cpp_saved.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::emit {
namespace {

class Header {
 public:
  explicit Header(const Program& program)
      : program_(program), layer_(program.layer), names_(program, is_cpp_word), values_(choose_saved(program)) {}

  std::string text() {
    // One after the other: both take names, and the order of operands is the compiler's.
    std::string functions = forward() + "\n";
    functions += backward();
    const std::string detail = names_.helper(layer_.name + "_detail");
    if (!values_.saved.empty()) helpers_.insert("aligned");
    std::string text = introduction();
    text +=
        "#pragma once\n\n#include <algorithm>\n#include <cmath>\n#include <cstddef>\n#include <cstdint>\n"
        "#include <cstring>\n#include <exception>\n#include <limits>\n#include <new>\n#include <type_traits>\n"
        "#include <vector>\n\n";
    if (helpers_.contains("write_row")) text += "#if defined(__SSE2__)\n#include <immintrin.h>\n#endif\n\n";
    text += "namespace chalktape {\n\n";
    text += fmt::format("namespace {} {{\n\n{}}}  // namespace {}\n\n", detail, helpers_text(helpers_), detail);
    return text + saved_struct() + functions + "\n}  // namespace chalktape\n";
  }
  [[nodiscard]] int sweeps() const { return sweeps_; }
  [[nodiscard]] int saved() const { return saved_; }

 private:
  template <class... A>
  static void print(std::string& to, fmt::format_string<A...> format, A&&... arguments) {
    fmt::format_to(std::back_inserter(to), format, std::forward<A>(arguments)...);
  }

  [[nodiscard]] std::string shaped(const std::string& name) const {
    const auto ranges = ranges_of(program_, name);
    return ranges.empty() ? name : fmt::format("{}[{}]", name, fmt::join(ranges, ","));
  }
  [[nodiscard]] std::string shaped(const std::vector<std::string>& names) const {
    std::vector<std::string> texts;
    for (const std::string& name : names) texts.push_back(shaped(name));
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  std::string introduction() {
    std::string text = fmt::format("// The layer {}{} and its gradients.\n//\n", layer_.name, layer_.signature());
    const auto paragraph = [&](const std::string& words) { text += wrapped(words, "// ") + "//\n"; };
    paragraph(
        fmt::format("Written by chalktape {} (chalktape emit {} --lang c++). C++17, no dependencies; with OpenMP "
                    "where the compiler is told to use it. Loops are written to become vectors at -O3. Backward is the "
                    "derived formula: `chalktape derive` "
                    "shows how it comes about, and each step passed its check.",
                    engine::version(), layer_.name));
    paragraph(
        "Arrays are row-major, without gaps, and do not overlap; scalars are passed by value, and results that are "
        "scalars by a pointer to one. Results do not depend on the number of threads.");
    for (const Rewriting& rewriting : program_.rewritings)
      paragraph("Safe form (" + rewriting.rule + "): " + present::to_text(rewriting.why) + ".");
    if (!values_.saved.empty())
      paragraph(
          fmt::format("Saved by forward for backward: {}. Each takes a reduction, a matrix product or, entry by "
                      "entry, a function of the C library: to compute it again costs more than to read it.",
                      shaped(values_.saved)));
    if (!values_.outputs.empty())
      paragraph(fmt::format("Backward is handed as well what forward returned: {}.", shaped(values_.outputs)));
    if (!values_.recomputed.empty())
      paragraph(fmt::format("Recomputed by backward: {}. Each is a few operations an entry, less than memory costs.",
                            shaped(values_.recomputed)));
    if (has_product_) paragraph("Matrix products are plain loops: a library for linear algebra is faster.");
    text.resize(text.size() - 3);  // the last empty comment
    return text;
  }

  [[nodiscard]] std::string saved_type() const { return layer_.name + "_saved"; }

  std::string saved_struct() {
    std::string text = wrapped("What forward hands to backward; forward gives it its size.", "/// ");
    print(text, "template <class {}>\nstruct {} {{\n", names_.helper("T"), saved_type());
    for (const std::string& name : values_.saved)
      print(text, "  std::vector<{0}, {1}::aligned<{0}>> {2};  ///< {3}\n", names_.helper("T"), detail(),
            names_.of(name), shaped(name));
    return text + "};\n\n";
  }

  void add_sizes(std::vector<std::string>& to, const std::set<std::string>& used) {
    for (const std::string& size : layer_.sizes)
      to.push_back(fmt::format("{}std::size_t {}", used.contains(size) ? "" : "[[maybe_unused]] ", names_.of(size)));
  }

  // An array that is read, or a number.
  void add_input(std::vector<std::string>& to, const std::string& name, const std::set<std::string>& used) {
    const std::string unused = used.contains(name) ? "" : "[[maybe_unused]] ";
    const std::string type = names_.helper("T");
    to.push_back(ranges_of(program_, name).empty()
                     ? fmt::format("{}{}::{}<{}> {}", unused, detail(), number(), type, names_.of(name))
                     : fmt::format("{}const {}* {}", unused, type, names_.of(name)));
  }
  void add_result(std::vector<std::string>& to, const std::string& name) {
    to.push_back(fmt::format("{}* {}", names_.helper("T"), names_.of(name)));
  }
  void add_constants(std::vector<std::string>& to, const std::set<std::string>& used) {
    auto first_default = layer_.constants.size();  // a default may stand in front of defaults only
    while (first_default > 0 && layer_.constants[first_default - 1].default_value) --first_default;
    for (std::size_t k = 0; k < layer_.constants.size(); ++k) {
      const auto& constant = layer_.constants[k];
      add_input(to, constant.name, used);
      if (k >= first_default)
        to.back() += fmt::format(" = {}({})", names_.helper("T"), lower::number_value(*constant.default_value));
    }
  }

  std::string number() {
    helpers_.insert("number");
    return "number";
  }
  [[nodiscard]] std::string detail() { return names_.helper(layer_.name + "_detail"); }

  std::string forward() {
    std::vector<std::string> given;
    for (const auto& tensor : layer_.tensors) given.push_back(tensor.name);
    for (const auto& constant : layer_.constants) given.push_back(constant.name);
    std::vector<std::string> outputs = layer_.outputs;
    outputs.insert(outputs.end(), layer_.auxiliary_outputs.begin(), layer_.auxiliary_outputs.end());
    std::vector<std::string> results = outputs;
    results.insert(results.end(), values_.saved.begin(), values_.saved.end());
    const CppFunction function = make_function(program_, forward_statements(results), given, results);
    CppScope scope(function, program_, names_);
    CppWriter body;
    const std::string saved = names_.helper("saved");
    for (const std::string& name : values_.saved) {
      std::vector<std::string> sizes;
      for (const std::string& range : ranges_of(program_, name)) sizes.push_back(scope.size(range));
      body.line(fmt::format("{}.{}.resize({});", saved, names_.of(name),
                            sizes.empty() ? "1" : fmt::format("{}", fmt::join(sizes, " * "))));
      body.line(fmt::format("{}* const {} = {}.{}.data();", scope.type(), names_.of(name), saved, names_.of(name)));
    }
    print_body(scope, body);
    std::vector<std::string> parameters;
    add_sizes(parameters, scope.used());
    for (const auto& tensor : layer_.tensors) add_input(parameters, tensor.name, scope.used());
    for (const std::string& output : outputs) add_result(parameters, output);
    parameters.push_back(fmt::format("{}{}<{}>& {}", values_.saved.empty() ? "[[maybe_unused]] " : "", saved_type(),
                                     scope.type(), saved));
    add_constants(parameters, scope.used());
    return assembled(fmt::format("Writes {}.", shaped(outputs)), "forward", parameters, body);
  }

  // Those that outputs or saved values need.
  [[nodiscard]] std::vector<Statement> forward_statements(const std::vector<std::string>& results) const {
    Program wanted = program_;
    wanted.results = results;
    return wanted.for_results();
  }

  std::string backward() {
    std::vector<std::string> given = program_.upstream;
    for (const auto& tensor : layer_.tensors) given.push_back(tensor.name);
    for (const auto& constant : layer_.constants) given.push_back(constant.name);
    given.insert(given.end(), values_.outputs.begin(), values_.outputs.end());
    given.insert(given.end(), values_.saved.begin(), values_.saved.end());
    std::set<std::string> known(values_.outputs.begin(), values_.outputs.end());
    known.insert(values_.saved.begin(), values_.saved.end());
    const CppFunction function = make_function(program_, program_.for_results(known), given, program_.results);
    CppScope scope(function, program_, names_);
    count_cost(function);
    CppWriter inner;
    print_body(scope, inner);
    CppWriter body;
    const std::string saved = names_.helper("saved");
    for (const std::string& name : values_.saved) {
      if (!scope.used().contains(name)) continue;
      const bool is_number = ranges_of(program_, name).empty();
      body.line(fmt::format("const {}{} {} = {}.{}{};", scope.type(), is_number ? "" : "* const", names_.of(name),
                            saved, names_.of(name), is_number ? "[0]" : ".data()"));
    }
    std::vector<std::string> parameters;
    add_sizes(parameters, scope.used());
    for (const std::string& name : program_.upstream) add_input(parameters, name, scope.used());
    for (const auto& tensor : layer_.tensors) add_input(parameters, tensor.name, scope.used());
    for (const std::string& name : values_.outputs) add_input(parameters, name, scope.used());
    parameters.push_back(fmt::format("{}const {}<{}>& {}", values_.saved.empty() ? "[[maybe_unused]] " : "",
                                     saved_type(), scope.type(), saved));
    for (const std::string& result : program_.results) add_result(parameters, result);
    add_constants(parameters, scope.used());
    return assembled(fmt::format("Writes {}, from the upstream gradient{} {}.", shaped(program_.results),
                                 program_.upstream.size() == 1 ? "" : "s", shaped(program_.upstream)),
                     "backward", parameters, body, inner.text());
  }

  std::string assembled(const std::string& description, const char* which, const std::vector<std::string>& parameters,
                        const CppWriter& body, const std::string& more = {}) {
    const std::string type = names_.helper("T");
    std::string text = wrapped(description, "/// ");
    print(text, "template <class {}>\n", type);
    const std::string head = fmt::format("void {}_{}(", layer_.name, which);
    std::string line = head;
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      const std::string next = parameters[k] + (k + 1 < parameters.size() ? "," : ") {");
      if (line.size() + next.size() > 110) {
        text += line + "\n";
        line = std::string(head.size() - 1, ' ');
      }
      line += (line.back() == '(' ? "" : " ") + next;
    }
    text += line + "\n";
    const std::string all = body.text() + more;
    const std::string wide = names_.helper("Wide");
    if (all.find(wide) != std::string::npos)
      print(text, "  using {} = decltype({}() + double());  // sums of many terms are carried in it\n", wide, type);
    return text + all + "}\n";
  }

  void print_body(CppScope& scope, CppWriter& out) {
    const CppFunction& function = scope.function();
    for (std::size_t b = 0; b < function.loops.buffers.size(); ++b) {
      const engine::Buffer& buffer = function.loops.buffers[b];
      if (buffer.role != engine::Buffer::Role::temporary) continue;
      out.line(fmt::format("const auto {} = {}<{}>({});", scope.memory(static_cast<int>(b)), scope.helper("array"),
                           scope.type(), scope.extents(buffer.shape, 0, buffer.shape.size())));
    }
    for (const engine::Step& step : function.loops.steps) {
      describe(scope, step, out);
      if (const auto* const loop = std::get_if<engine::Loop>(&step)) {
        CppLoop(scope, *loop, out).print();
      } else {
        const auto& call = std::get<engine::Call>(step);
        has_product_ = has_product_ || call.op->kind == engine::OpKind::contraction;
        print_call(scope, call, out);
      }
    }
    // Results that are one and the same value.
    for (std::size_t k = 0; k < function.results.size(); ++k) {
      const std::string& own = names_.of(function.results[k]);
      const int buffer = function.loops.outputs[k];
      const std::string memory = scope.memory(buffer);
      if (memory == own) continue;
      const engine::Shape& shape = function.loops.buffer(buffer).shape;
      out.line(fmt::format("std::copy_n({}, {}, {});", memory, scope.extents(shape, 0, shape.size()), own));
    }
    helpers_.insert(scope.helpers().begin(), scope.helpers().end());
  }

  // Which formulas a loop computes, or a part of.
  void describe(const CppScope& scope, const engine::Step& step, CppWriter& out) {
    const CppFunction& function = scope.function();
    std::vector<std::pair<engine::NodeId, bool>> nodes;  // stored?
    if (const auto* const loop = std::get_if<engine::Loop>(&step)) {
      for (const auto& statement : loop->body) nodes.emplace_back(statement.node, statement.buffer >= 0);
    } else {
      nodes.emplace_back(std::get<engine::Call>(step).node, true);
    }
    std::set<std::size_t> involved;
    std::set<std::size_t> whole;
    for (const auto& [node, is_stored] : nodes) {
      const auto owner = function.owners.find(node);
      const auto named = function.named.find(node);
      if (named != function.named.end()) {
        whole.insert(named->second);
        involved.insert(named->second);
      } else if (is_stored && owner != function.owners.end()) {
        involved.insert(owner->second);
      }
    }
    for (const std::size_t k : involved) {
      const Statement& s = function.statements[k];
      std::string words = whole.contains(k) ? "" : "towards ";
      words += s.written == nullptr
                   ? present::to_text(s.definition)
                   : present::to_text(language::Definition{s.definition.name, s.definition.indices, s.written, {}}) +
                         ", here " + present::to_text(s.definition);
      out.comment(words + "  (" + origin_text(s) + ")");
    }
  }

  // What the backward function does to arrays of the largest rank.
  void count_cost(const CppFunction& function) {
    const auto is_large = [&](int buffer) {
      return function.loops.buffer(buffer).shape.size() == largest_rank(program_);
    };
    std::set<int> read;
    for (const engine::Step& step : function.loops.steps) {
      std::set<int> touched;
      if (const auto* const loop = std::get_if<engine::Loop>(&step)) {
        for (const auto& statement : loop->body) {
          for (const auto& operand : statement.operands)
            if (const auto* const access = std::get_if<engine::Access>(&operand)) touched.insert(access->buffer);
          if (statement.buffer >= 0) touched.insert(statement.buffer);
        }
      } else {
        const auto& call = std::get<engine::Call>(step);
        for (const auto& access : call.operands) touched.insert(access.buffer);
        touched.insert(call.buffer);
      }
      if (std::ranges::any_of(touched, is_large)) ++sweeps_;
      read.merge(touched);
    }
    for (const int buffer : read) {
      const auto given = function.given.find(function.loops.buffer(buffer).node);
      if (given == function.given.end() || !is_large(buffer)) continue;
      if (std::ranges::find(program_.upstream, given->second) == program_.upstream.end()) ++saved_;
    }
  }

  const Program& program_;
  const language::Layer& layer_;
  Names names_;
  SavedValues values_;
  int sweeps_ = 0;
  int saved_ = 0;
  std::set<std::string> helpers_;
  bool has_product_ = false;
};

}  // namespace

std::string to_cpp(const Program& program) { return cpp_source(program).header; }

CppSource cpp_source(const Program& program) {
  Header header(program);
  CppSource source;
  source.header = header.text();
  source.sweeps = header.sweeps();
  source.saved = header.saved();
  return source;
}

}  // namespace chalktape::emit
