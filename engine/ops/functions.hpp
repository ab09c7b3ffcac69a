// What the language knows of its functions beyond their ops, each stated in the op's struct (engine/ops): the struct
// and its line in engine/ops/registry.cpp make a function.
#pragma once

#include <span>
#include <string_view>

namespace chalktape::engine {

/// What is known of the sign of a function's values, wherever it has one.
enum class ValueSign { unknown, of_operand, nonnegative, positive };

struct Function {
  std::string_view name;
  int arity = 1;  ///< 1 or 2
  // Of functions of one argument:
  ValueSign value_sign = ValueSign::unknown;
  std::string_view at_zero{};  ///< its value at 0 where that is a rational number, e.g. "1/2"; else empty
  /// The function by others of the language, of the argument x: "(exp(x) + exp(-x))/2". The checkers compute with it,
  /// and so does emitted code where `library` is empty. Empty where both have forms of their own.
  std::string_view definition{};
  std::string_view library{};  ///< its one name in <cmath>, Python's math and NumPy; empty where it has none
};

/// All functions of the language, in the order of the registry.
[[nodiscard]] std::span<const Function> all_functions();
/// The function of one argument of that name, or nullptr.
[[nodiscard]] const Function* find_unary_function(std::string_view name);

}  // namespace chalktape::engine
