#include <array>
#include <numeric>

#include <fmt/format.h>

#include "engine/tape/tape.hpp"
#include "engine/tensor/shapes.hpp"

namespace chalktape::engine {

NodeId add(Tape& tape, NodeId a, NodeId b) { return tape.apply("add", std::array{a, b}); }
NodeId subtract(Tape& tape, NodeId a, NodeId b) { return tape.apply("subtract", std::array{a, b}); }
NodeId multiply(Tape& tape, NodeId a, NodeId b) { return tape.apply("multiply", std::array{a, b}); }
NodeId divide(Tape& tape, NodeId a, NodeId b) { return tape.apply("divide", std::array{a, b}); }
NodeId power(Tape& tape, NodeId a, NodeId b) { return tape.apply("power", std::array{a, b}); }
NodeId negate(Tape& tape, NodeId x) { return tape.apply("negate", std::array{x}); }

NodeId power(Tape& tape, NodeId x, double exponent) {
  const std::array operand{x};
  if (exponent == 1) return x;
  if (exponent == 2) return tape.apply("square", operand);
  if (exponent == -1) return tape.apply("reciprocal", operand);
  if (exponent == 0.5) return tape.apply("sqrt", operand);
  return tape.apply("power_constant", operand, ConstantExponent{exponent});
}

NodeId call(Tape& tape, std::string_view function, std::span<const NodeId> operands) {
  const Op* op = find_function(function, static_cast<int>(operands.size()));
  if (op == nullptr) throw Error(fmt::format("no function '{}' takes {} arguments", function, operands.size()));
  return tape.apply(*op, operands);
}

NodeId reduce(Tape& tape, std::string_view op, NodeId x, std::vector<int> axes, bool keepdim) {
  if (axes.empty()) return x;
  const auto rank = static_cast<int>(tape.shape(x).size());
  return tape.apply(op, std::array{x}, normalised({std::move(axes), keepdim}, rank, op));
}

NodeId transpose(Tape& tape, NodeId x, std::vector<int> permutation) {
  std::vector<int> unchanged(permutation.size());
  std::iota(unchanged.begin(), unchanged.end(), 0);
  if (permutation == unchanged && permutation.size() == tape.shape(x).size()) return x;
  return tape.apply("transpose", std::array{x}, Permutation{std::move(permutation)});
}

NodeId reshape(Tape& tape, NodeId x, Shape shape) {
  if (tape.shape(x) == shape) return x;
  return tape.apply("reshape", std::array{x}, TargetShape{std::move(shape)});
}

NodeId broadcast_to(Tape& tape, NodeId x, Shape shape) {
  if (tape.shape(x) == shape) return x;
  return tape.apply("broadcast_to", std::array{x}, TargetShape{std::move(shape)});
}

NodeId diagonal(Tape& tape, NodeId x, int first, int second) {
  return tape.apply("diagonal", std::array{x}, DiagonalAxes{std::min(first, second), std::max(first, second)});
}

namespace {

struct LetteredOperand {
  NodeId node;
  std::string letters;
};

// Leaves an operand whose letters are distinct and stand in the other operand or the result.
void simplify(Tape& tape, LetteredOperand& operand, const std::string& elsewhere) {
  std::string& letters = operand.letters;
  for (std::size_t first = 0; first < letters.size();) {
    const std::size_t second = letters.find(letters[first], first + 1);
    if (second == std::string::npos) {
      ++first;
      continue;
    }
    operand.node = diagonal(tape, operand.node, static_cast<int>(first), static_cast<int>(second));
    const char letter = letters[first];
    letters.erase(second, 1);
    letters.erase(first, 1);
    letters.push_back(letter);
  }
  std::vector<int> alone;
  std::string kept;
  for (std::size_t k = 0; k < letters.size(); ++k) {
    if (elsewhere.find(letters[k]) == std::string::npos) {
      alone.push_back(static_cast<int>(k));
    } else {
      kept.push_back(letters[k]);
    }
  }
  operand.node = reduce(tape, "sum", operand.node, alone);
  letters = kept;
}

// Letters renamed a, b, c… in the order of their first occurrence, so that equal contractions have equal patterns.
std::string canonical(const std::string& pattern) {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string seen;
  std::string result;
  for (const char c : pattern) {
    if (alphabet.find(c) == std::string_view::npos) {
      result.push_back(c);
      continue;
    }
    if (seen.find(c) == std::string::npos) seen.push_back(c);
    result.push_back(alphabet[seen.find(c)]);
  }
  return result;
}

}  // namespace

NodeId contract(Tape& tape, NodeId a, NodeId b, std::string_view pattern) {
  const PatternLetters letters = letters_of({std::string(pattern)});
  const Shape& shape_a = tape.shape(a);
  const Shape& shape_b = tape.shape(b);
  if (letters.a.size() != shape_a.size() || letters.b.size() != shape_b.size()) {
    throw Error(fmt::format("contraction: shapes {} and {} under '{}': not one letter an axis", to_text(shape_a),
                            to_text(shape_b), pattern));
  }
  LetteredOperand left{a, letters.a};
  LetteredOperand right{b, letters.b};
  simplify(tape, left, letters.b + letters.result);
  simplify(tape, right, letters.a + letters.result);
  return tape.apply("contraction", std::array{left.node, right.node},
                    ContractionPattern{canonical(left.letters + "," + right.letters + "->" + letters.result)});
}

}  // namespace chalktape::engine
