// Pieces of C++: expressions with their precedence, entries of buffers, numbers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "symbolic/emit/cpp_function.hpp"
#include "symbolic/emit/names.hpp"

namespace chalktape::emit {

struct CppText {
  std::string text;
  int precedence = 3;  ///< 0 sums, 1 products, 2 signs, 3 what needs no parentheses
};

/// What all printers of one function share.
class CppScope {
 public:
  CppScope(const CppFunction& function, const Program& program, Names& names);

  [[nodiscard]] const CppFunction& function() const { return function_; }
  Names& names() { return names_; }
  /// The template's type, its wider companion, and the folder of helpers.
  [[nodiscard]] std::string type() { return names_.helper("T"); }
  [[nodiscard]] std::string wide() { return names_.helper("Wide"); }
  [[nodiscard]] std::string helper(const std::string& name);

  /// Helper functions that the printed text mentions.
  [[nodiscard]] const std::set<std::string>& helpers() const { return helpers_; }
  /// Names of the program that the printed text mentions.
  [[nodiscard]] const std::set<std::string>& used() const { return used_; }
  /// A size symbol.
  [[nodiscard]] std::string size(const std::string& symbol);
  /// The symbol of an extent, and products of them; "1" for none.
  [[nodiscard]] std::string extent(std::int64_t length) { return size(function_.symbol(length)); }
  [[nodiscard]] std::string extents(const engine::Shape& shape, std::size_t first, std::size_t last);

  /// Index variables for loops over these extents: the layer's own letters for such axes.
  [[nodiscard]] std::vector<std::string> index_variables(const engine::Shape& extents);

  /// Whether entries of a buffer are read from memory; else it is a number, or a delta.
  [[nodiscard]] bool has_memory(int buffer) const;
  /// Whether an entry's text has its indices: not that of a number.
  [[nodiscard]] bool is_indexed(int buffer) const;
  /// The identifier of a buffer's memory.
  [[nodiscard]] std::string memory(int buffer);
  /// Which of the variables, by their strides, make the index along each of the buffer's axes; "" along axes of
  /// length 1.
  [[nodiscard]] std::vector<std::string> coordinates(int buffer, const engine::Strides& strides,
                                                     const std::vector<std::string>& variables) const;
  /// The entry at those coordinates; a number where the buffer is one.
  [[nodiscard]] CppText entry(int buffer, const std::vector<std::string>& coordinates);
  /// (i * D + j), where every coordinate that is not "" counts.
  [[nodiscard]] std::string offset(const engine::Shape& shape, const std::vector<std::string>& coordinates);

  /// A number that the sizes alone decide, in double precision.
  [[nodiscard]] CppText scalar(const language::Expr& e);

 private:
  const CppFunction& function_;
  const Program& program_;
  Names& names_;
  std::set<std::string> used_, helpers_;
  std::map<int, std::string> memory_;
};

[[nodiscard]] std::string in_parentheses(const CppText& text, int needed);
/// What an elementwise op makes of its operands.
[[nodiscard]] CppText applied(CppScope& scope, const engine::Op& op, const engine::Attributes& attributes,
                              const std::vector<CppText>& operands);

}  // namespace chalktape::emit
