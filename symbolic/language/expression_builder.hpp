// Builds an expression's tree from the tokens that the grammar recognises, in the order in which they stand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/language/syntax.hpp"

namespace chalktape::language {

/// An error after which the rest of the logical line cannot be understood.
struct SyntaxFailure {
  Diagnostic diagnostic{};
  bool at_end = false;            ///< the line ended where something was expected
  bool is_no_definition = false;  ///< the line began like a definition but has no `=`
};

/// A finished part of an expression, and its bytes in the source.
struct Operand {
  Expr value{};
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A name together with the brackets and arguments read so far: it may become an access, a call or a reduction.
struct NameFrame {
  std::string name{};
  std::size_t begin = 0;
  std::size_t name_end = 0;
  bool has_brackets = false;
  bool has_arguments = false;
  bool has_semicolon = false;
  std::vector<Index> indices{};
  std::vector<NameSyntax> held{};
  std::size_t first_argument = 0;  ///< in the stack of operands
};

/// All positions are byte offsets into the source. Throws SyntaxFailure for what cannot stand where it does; errors
/// that leave the line's structure clear go to the diagnostics.
class ExpressionBuilder {
 public:
  ExpressionBuilder(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  void number(std::size_t begin, std::size_t end);
  void parenthesis(std::size_t begin, std::size_t end);  ///< covers a parenthesised operand

  void open_name(std::size_t begin, std::size_t end);
  void open_target(std::size_t begin, std::size_t end);  ///< the name that a definition defines
  void open_brackets() { names_.back().has_brackets = true; }
  void index(std::size_t begin, std::size_t end);
  void open_arguments();
  void open_held() { names_.back().has_semicolon = true; }
  void held(std::size_t begin, std::size_t end);
  void close_bracket(std::size_t end) { last_end_ = end; }
  void close_name();  ///< the innermost name's frame becomes an operand

  void open_signs();              ///< before the signs, operands and `^` of one factor
  void minus(std::size_t begin);  ///< a sign
  void caret();                   ///< a `^` between the operands
  void close_signs();             ///< `^` associates right and binds tighter than a sign
  void binary(Kind kind);         ///< the last two operands become one

  /// From here on `delta` is a name like any other: a claim writes another word for Kronecker's.
  void take_delta_as_a_name() { delta_is_a_name_ = true; }

  [[nodiscard]] Operand take_operand();
  [[nodiscard]] NameFrame take_name();

 private:
  enum class Token { minus, caret };
  struct SignFrame {
    std::vector<Token> tokens{};
    std::vector<std::size_t> minus_begins{};
  };

  void count_operand(std::size_t begin);
  void push(Expression node, std::size_t begin, std::size_t end);
  [[nodiscard]] Expression from_name(NameFrame& frame, std::vector<Expr> arguments) const;
  [[noreturn]] void fail(std::size_t begin, std::size_t end, std::string message, std::string hint = {}) const;

  const Source& source_;
  Diagnostics& diagnostics_;
  std::vector<Operand> operands_;
  std::vector<NameFrame> names_;
  std::vector<SignFrame> signs_;
  std::size_t operand_count_ = 0;
  std::size_t last_end_ = 0;
  bool delta_is_a_name_ = false;
};

/// Reports a name that is longer than the limit. True where the name is good.
bool check_name_length(std::string_view name, Span span, Diagnostics& diagnostics);
/// Reports a number with too many digits or too large an exponent. True where the number is good.
bool check_number(std::string_view written, Span span, Diagnostics& diagnostics);

}  // namespace chalktape::language
