#include "symbolic/emit/cpp_function.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "symbolic/notation/resolve.hpp"

namespace chalktape::emit {
namespace {

/// Where there are more sizes, the smaller ones keep arrays of all of them small.
constexpr std::array<std::int64_t, 24> primes{11, 13, 17, 19, 23, 29, 31, 37, 41, 43,  47,  53,
                                              59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107};
constexpr std::array<std::int64_t, 26> small_primes{3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,  43,
                                                    47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103};
constexpr std::size_t few_sizes = 4;

std::map<std::string, std::int64_t> generic_sizes(const language::Layer& layer) {
  const bool few = layer.sizes.size() <= few_sizes;
  if (layer.sizes.size() > small_primes.size())
    throw lower::Error("the layer has more size symbols than a printed loop program may have");
  std::map<std::string, std::int64_t> sizes;
  for (std::size_t k = 0; k < layer.sizes.size(); ++k) sizes[layer.sizes[k]] = few ? primes.at(k) : small_primes.at(k);
  return sizes;
}

bool is_leaf(const engine::Node& node) { return node.role != engine::NodeRole::result; }

}  // namespace

std::vector<std::string> ranges_of(const Program& program, const std::string& name) {
  for (const auto* statements : {&program.forward, &program.backward}) {
    for (const Statement& statement : *statements) {
      if (statement.definition.name != name) continue;
      std::vector<std::string> ranges;
      for (const auto& index : statement.definition.indices) ranges.push_back(index.range);
      return ranges;
    }
  }
  if (const auto ranges = program.layer.ranges_of(name)) return *ranges;
  for (std::size_t k = 0; k < program.upstream.size(); ++k)
    if (program.upstream[k] == name) return program.layer.ranges_of(program.layer.outputs[k]).value();
  return {};
}

CppFunction make_function(const Program& program, std::vector<Statement> statements,
                          const std::vector<std::string>& given, const std::vector<std::string>& results) {
  CppFunction function;
  function.statements = std::move(statements);
  function.results = results;
  lower::Environment environment;
  environment.products = lower::Products::fused;
  environment.sizes = generic_sizes(program.layer);
  for (const auto& [symbol, size] : environment.sizes) function.symbols.emplace(size, symbol);
  engine::Tape& tape = function.tape;
  for (const std::string& name : given) {
    const std::vector<std::string> ranges = ranges_of(program, name);
    engine::Shape shape;
    for (const std::string& range : ranges) shape.push_back(environment.sizes.at(range));
    const engine::Tensor value = engine::Tensor::full(shape, 1, environment.dtype);
    function.given.emplace(lower::add_input(tape, name, ranges, value, environment), name);
  }
  std::map<engine::NodeId, std::size_t> constants;  // statements that are numbers
  for (std::size_t k = 0; k < function.statements.size(); ++k) {
    const engine::NodeId before = tape.size();
    const engine::NodeId node = lower::lower_formula(tape, function.statements[k].definition, environment);
    for (engine::NodeId n = before; n < tape.size(); ++n) function.owners.emplace(n, k);
    function.named.emplace(node, k);
    if (node >= before && is_leaf(tape.graph()[node])) constants.emplace(node, k);
  }
  for (const auto& [text, node] : environment.scalars) {
    if (text.starts_with("delta ")) {
      function.deltas.insert(node);
    } else {
      function.scalars.emplace(node, notation::parse_expression(text, program.layer).value);
    }
  }
  for (const auto& [node, k] : constants)
    if (!function.deltas.contains(node)) function.scalars.try_emplace(node, function.statements[k].definition.value);

  // All that is not a literal number is an input to the scheduler: nothing may be folded at these sizes.
  std::vector<engine::NodeId> inputs;
  for (engine::NodeId node = 0; node < tape.size(); ++node)
    if (is_leaf(tape.graph()[node]) &&
        (function.given.contains(node) || function.deltas.contains(node) || function.scalars.contains(node)))
      inputs.push_back(node);
  std::vector<engine::NodeId> outputs;
  for (const std::string& name : results) outputs.push_back(environment.nodes.at(name));
  function.loops = engine::schedule(tape, inputs, outputs, engine::any_row);
  return function;
}

}  // namespace chalktape::emit
