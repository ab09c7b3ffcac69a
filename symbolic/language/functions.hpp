// The words that the language itself uses: its functions, reductions and keywords. The one table of them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace chalktape::language {

/// A function that an expression may call.
struct Function {
  std::string_view name;
  int arity;
};

/// All functions, `stop` included, sorted by name.
[[nodiscard]] std::span<const Function> functions();
/// The function of that name; nullptr where there is none.
[[nodiscard]] const Function* find_function(std::string_view name);
/// `sum`, `mean`, `max` and `min`: the names that bind indices, as in `sum[i](…)`.
[[nodiscard]] bool is_reduction(std::string_view name);
/// `layer`, `return`, `assume`, `show`, `about` and `claim`: the words that begin a statement.
[[nodiscard]] bool is_statement_keyword(std::string_view name);
/// `sum` and `mean`: with parentheses behind the brackets they are reductions, without them names that a definition
/// may have (`mean[j] = mean[b](mu[b,j])`). `max` and `min` are functions too and cannot be names.
[[nodiscard]] bool may_name_definition(std::string_view reduction);
/// True for every word that cannot be a tensor's, constant's, size's, definition's or index's name.
[[nodiscard]] bool is_reserved(std::string_view name);

}  // namespace chalktape::language
