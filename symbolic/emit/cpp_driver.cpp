#include "symbolic/emit/cpp_driver.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/emit/cpp_function.hpp"
#include "symbolic/emit/cpp_saved.hpp"

namespace chalktape::emit {
namespace {

/// The k-th array of a list, or the number in it.
std::string argument(const Program& program, const std::string& list, std::size_t k, const std::string& name) {
  return fmt::format("{}{}[{}]", ranges_of(program, name).empty() ? "*" : "", list, k);
}

}  // namespace

std::string cpp_driver(const Program& program, const std::string& header, const std::string& prefix) {
  const language::Layer& layer = program.layer;
  std::vector<std::string> sizes;
  std::vector<std::string> tensors;
  std::vector<std::string> constants;
  for (std::size_t k = 0; k < layer.sizes.size(); ++k) sizes.push_back(fmt::format("sizes[{}]", k));
  for (std::size_t k = 0; k < layer.tensors.size(); ++k)
    tensors.push_back(argument(program, "tensors", k, layer.tensors[k].name));
  for (std::size_t k = 0; k < layer.constants.size(); ++k) constants.push_back(fmt::format("*constants[{}]", k));
  std::vector<std::string> names = layer.outputs;
  names.insert(names.end(), layer.auxiliary_outputs.begin(), layer.auxiliary_outputs.end());

  std::vector<std::string> forward = sizes;
  forward.insert(forward.end(), tensors.begin(), tensors.end());
  for (std::size_t k = 0; k < names.size(); ++k) forward.push_back(fmt::format("outputs[{}]", k));
  forward.emplace_back("saved");
  forward.insert(forward.end(), constants.begin(), constants.end());

  std::vector<std::string> backward = sizes;
  for (std::size_t k = 0; k < program.upstream.size(); ++k)
    backward.push_back(argument(program, "upstream", k, program.upstream[k]));
  backward.insert(backward.end(), tensors.begin(), tensors.end());
  for (const std::string& name : choose_saved(program).outputs)
    backward.push_back(
        argument(program, "outputs", static_cast<std::size_t>(std::ranges::find(names, name) - names.begin()), name));
  backward.emplace_back("saved");
  for (std::size_t k = 0; k < program.results.size(); ++k) backward.push_back(fmt::format("gradients[{}]", k));
  backward.insert(backward.end(), constants.begin(), constants.end());

  std::string text = fmt::format("#include \"{}\"\n", header);
  for (const auto& [suffix, type] : {std::pair("f32", "float"), std::pair("f64", "double")}) {
    text += fmt::format(
        "\nextern \"C\" void* {0}_new_{1}() {{ return new chalktape::{3}_saved<{2}>; }}\n"
        "\nextern \"C\" void {0}_delete_{1}(void* saved) {{ delete static_cast<chalktape::{3}_saved<{2}>*>(saved); }}\n"
        "\nextern \"C\" void {0}_forward_{1}([[maybe_unused]] const std::size_t* sizes, [[maybe_unused]] const {2}* "
        "const* tensors,\n"
        "    [[maybe_unused]] const {2}* const* constants, {2}* const* outputs, void* kept) {{\n"
        "  auto& saved = *static_cast<chalktape::{3}_saved<{2}>*>(kept);\n"
        "  chalktape::{3}_forward<{2}>({4});\n"
        "}}\n"
        "\nextern \"C\" void {0}_backward_{1}([[maybe_unused]] const std::size_t* sizes, [[maybe_unused]] const {2}* "
        "const* upstream,\n"
        "    [[maybe_unused]] const {2}* const* tensors, [[maybe_unused]] const {2}* const* constants,\n"
        "    [[maybe_unused]] const {2}* const* outputs, const void* kept, [[maybe_unused]] {2}* const* gradients) {{\n"
        "  const auto& saved = *static_cast<const chalktape::{3}_saved<{2}>*>(kept);\n"
        "  chalktape::{3}_backward<{2}>({5});\n"
        "}}\n",
        prefix, suffix, type, layer.name, fmt::join(forward, ", "), fmt::join(backward, ", "));
  }
  return text;
}

}  // namespace chalktape::emit
