#include "symbolic/emit/numpy.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/version.hpp"
#include "symbolic/emit/numpy_expression.hpp"
#include "symbolic/emit/wrapped.hpp"
#include "symbolic/lower/lower.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::emit {
namespace {

using Helper = NumpyExpression::Helper;

constexpr std::array<std::string_view, 35> python_keywords{
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool is_python_keyword(std::string_view name) {
  return std::ranges::find(python_keywords, name) != python_keywords.end();
}

constexpr std::string_view indent = "    ";

class Module {
 public:
  explicit Module(const Program& program)
      : program_(program), layer_(program.layer), names_(program, is_python_keyword), expression_(names_, dtype()) {}

  std::string text() {
    const std::string functions = forward() + "\n\n" + backward();
    return header() + helpers() + functions;
  }

 private:
  template <class... A>
  static void print(std::string& to, fmt::format_string<A...> format, A&&... arguments) {
    fmt::format_to(std::back_inserter(to), format, std::forward<A>(arguments)...);
  }

  // Of the first tensor that is an array.
  [[nodiscard]] std::string dtype() const {
    for (const auto& tensor : layer_.tensors)
      if (!tensor.sizes.empty()) return names_.of(tensor.name) + ".dtype";
    return {};
  }

  [[nodiscard]] std::string header() const {
    std::string text =
        fmt::format("# The layer {}{} and its gradients, on NumPy arrays.\n#\n", layer_.name, layer_.signature());
    text += wrapped(fmt::format("Written by chalktape {} (chalktape emit {} --lang numpy). Backward is the derived "
                                "formula: `chalktape derive` shows how it comes about, and each step passed its "
                                "check.",
                                engine::version(), layer_.name),
                    "# ");
    for (const Rewriting& rewriting : program_.rewritings)
      text += "#\n" + wrapped("Safe form (" + rewriting.rule + "): " + present::to_text(rewriting.why) + ".", "# ");
    return text;
  }

  std::string helpers() {
    std::string text = "\n";
    if (expression_.helpers().contains(Helper::math)) print(text, "import math{}\n\n", alias("math"));
    const std::string np = names_.helper("np");
    print(text, "import numpy as {}\n\n\n", np);
    print(text,
          "def {0}(value, shape=None):\n"
          "    \"\"\"The value as an array of floating-point numbers; raises ValueError where its shape is "
          "another.\"\"\"\n"
          "    value = {1}.asarray(value)\n"
          "    if not {1}.issubdtype(value.dtype, {1}.floating):\n"
          "        value = value.astype({1}.float64)\n"
          "    if shape is not None and value.shape != shape:\n"
          "        raise ValueError(f\"an array has the shape {{value.shape}}, not {{shape}}\")\n"
          "    return value\n\n\n",
          names_.helper("_array"), np);
    if (expression_.helpers().contains(Helper::sigmoid))
      print(text,
            "def {0}(x):\n"
            "    \"\"\"1 / (1 + exp(-x)), with an exponential that only underflows.\"\"\"\n"
            "    e = {1}.exp(-{1}.abs(x))\n"
            "    return {1}.where(x >= 0, 1, e) / (1 + e)\n\n\n",
            names_.helper("_sigmoid"), np);
    if (expression_.helpers().contains(Helper::erf))
      print(text,
            "def {0}(x):\n"
            "    \"\"\"The error function, which NumPy lacks: entry by entry, and slow.\"\"\"\n"
            "    x = {1}.asarray(x)\n"
            "    return {1}.vectorize({2}.erf, otypes=[x.dtype])(x)\n\n\n",
            names_.helper("_erf"), np, names_.helper("math"));
    return text;
  }

  std::string alias(const std::string& name) {
    const std::string used = names_.helper(name);
    return used == name ? "" : " as " + used;
  }

  // x, gamma, beta, eps=1e-05
  [[nodiscard]] std::string parameters() const {
    std::vector<std::string> written;
    for (const auto& tensor : layer_.tensors) written.push_back(names_.of(tensor.name));
    bool has_default = false;
    bool keywords_only = false;
    for (const auto& constant : layer_.constants) {
      if (constant.default_value) {
        has_default = true;
        written.push_back(fmt::format("{}={}", names_.of(constant.name), default_text(*constant.default_value)));
        continue;
      }
      if (has_default && !keywords_only) {  // Python's rule: by keyword only, behind one that has a default
        written.emplace_back("*");
        keywords_only = true;
      }
      written.push_back(names_.of(constant.name));
    }
    return fmt::format("{}", fmt::join(written, ", "));
  }

  // As Python itself would write it: 32, 1e-05.
  static std::string default_text(const std::string& written) {
    const bool is_integer = written.find_first_not_of("-0123456789") == std::string::npos && written.size() <= 15;
    return is_integer ? fmt::format("{}", static_cast<std::int64_t>(lower::number_value(written)))
                      : fmt::format("{}", lower::number_value(written));
  }

  [[nodiscard]] std::string shape_text(const std::vector<std::string>& ranges) const {
    std::string text = "(";
    for (std::size_t k = 0; k < ranges.size(); ++k) text += (k == 0 ? "" : ", ") + names_.of(ranges[k]);
    return text + (ranges.size() == 1 ? ",)" : ")");
  }

  // Arrays, and what the sizes are: from the first tensor that has them.
  std::string prologue() {
    std::string text;
    std::set<std::string> known;
    for (const auto& tensor : layer_.tensors) {
      const std::string& name = names_.of(tensor.name);
      if (tensor.sizes.empty()) continue;  // a number stays what it is
      std::set<std::string> fresh;
      for (const std::string& size : tensor.sizes)
        if (!known.contains(size)) fresh.insert(size);
      if (fresh.empty()) {
        print(text, "{}{} = {}({}, {})\n", indent, name, names_.helper("_array"), name, shape_text(tensor.sizes));
        continue;
      }
      print(text, "{}{} = {}({})\n", indent, name, names_.helper("_array"), name);
      if (fresh.size() == tensor.sizes.size()) {
        std::string sizes = shape_text(tensor.sizes);
        sizes = sizes.substr(1, sizes.size() - 2);
        print(text, "{}{} = {}.shape\n", indent, sizes, name);
      } else {
        for (std::size_t axis = 0; axis < tensor.sizes.size(); ++axis)
          if (fresh.erase(tensor.sizes[axis]) == 1)
            print(text, "{}{} = {}.shape[{}]\n", indent, names_.of(tensor.sizes[axis]), name, axis);
        print(text, "{}{} = {}({}, {})\n", indent, name, names_.helper("_array"), name, shape_text(tensor.sizes));
      }
      known.insert(tensor.sizes.begin(), tensor.sizes.end());
    }
    return text;
  }

  void statement(std::string& text, const Statement& s, bool copied) {
    const std::string formula =
        s.written == nullptr
            ? present::to_text(s.definition)
            : present::to_text(language::Definition{s.definition.name, s.definition.indices, s.written, {}});
    std::string comment = formula;
    if (s.kind == Statement::Kind::intermediate || s.kind == Statement::Kind::result ||
        s.kind == Statement::Kind::shift)
      comment += "  (" + origin_text(s) + ")";
    text += wrapped(comment, std::string(indent) + "# ");
    if (s.written != nullptr) text += wrapped("here " + present::to_text(s.definition), std::string(indent) + "#   ");
    print(text, "{}{} = {}\n", indent, names_.of(s.definition.name), expression_.text(s.definition, copied));
  }

  std::string forward() {
    std::vector<std::string> outputs = layer_.outputs;
    outputs.insert(outputs.end(), layer_.auxiliary_outputs.begin(), layer_.auxiliary_outputs.end());
    std::string text = fmt::format("def {}_forward({}):\n", layer_.name, parameters());
    text += wrapped(fmt::format(R"("""Returns {}.""")", described(outputs)), std::string(indent));
    text += prologue();
    for (const Statement& s : program_.for_outputs())
      statement(text, s, std::ranges::find(outputs, s.definition.name) != outputs.end());
    std::vector<std::string> returned;
    for (const std::string& output : outputs) returned.push_back(names_.of(output));
    print(text, "{}return {}\n", indent, fmt::join(returned, ", "));
    return text;
  }

  [[nodiscard]] std::string described(const std::vector<std::string>& names) const {
    std::vector<std::string> texts;
    for (const std::string& name : names) {
      const auto ranges = layer_.ranges_of(name).value();
      texts.push_back(ranges.empty() ? name : fmt::format("{}[{}]", name, fmt::join(ranges, ",")));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  std::string backward() {
    std::vector<std::string> arguments;
    for (const std::string& name : program_.upstream) arguments.push_back(names_.of(name));
    std::string text = fmt::format("def {}_backward({}, {}):\n", layer_.name, fmt::join(arguments, ", "), parameters());
    std::vector<std::string> shapes;
    for (const auto& tensor : layer_.tensors)
      shapes.push_back(tensor.sizes.empty() ? "d" + tensor.name
                                            : fmt::format("d{}[{}]", tensor.name, fmt::join(tensor.sizes, ",")));
    text +=
        wrapped(fmt::format(R"("""Returns the tuple {}, from the upstream gradient{} {}.""")", fmt::join(shapes, ", "),
                            arguments.size() == 1 ? "" : "s", fmt::join(program_.upstream, ", ")),
                std::string(indent));
    text += prologue();
    for (std::size_t k = 0; k < layer_.outputs.size(); ++k) {
      const auto ranges = layer_.ranges_of(layer_.outputs[k]).value();
      if (ranges.empty()) continue;
      print(text, "{}{} = {}({}, {})\n", indent, arguments[k], names_.helper("_array"), arguments[k],
            shape_text(ranges));
    }
    for (const Statement& s : program_.for_results()) statement(text, s, s.kind == Statement::Kind::result);
    std::vector<std::string> results;
    for (const std::string& result : program_.results) results.push_back(names_.of(result));
    print(text, "{}return {}{}\n", indent, fmt::join(results, ", "), results.size() == 1 ? "," : "");
    return text;
  }

  const Program& program_;
  const language::Layer& layer_;
  Names names_;
  NumpyExpression expression_;
};

}  // namespace

std::string to_numpy(const Program& program) { return Module(program).text(); }

}  // namespace chalktape::emit
