#include "symbolic/language/functions.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "engine/ops/functions.hpp"

namespace chalktape::language {
namespace {

constexpr std::array<std::string_view, 4> reductions = {"max", "mean", "min", "sum"};
constexpr std::array<std::string_view, 6> statement_keywords = {"about", "assume", "claim", "layer", "return", "show"};
constexpr std::array<std::string_view, 3> other_words = {"delta", "diff", "pi"};

template <class Words>
bool contains(const Words& words, std::string_view name) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

}  // namespace

std::span<const Function> functions() {
  static const std::vector<Function> table = [] {
    std::vector<Function> result;
    for (const engine::Function& function : engine::all_functions()) result.push_back({function.name, function.arity});
    std::sort(result.begin(), result.end(), [](const Function& a, const Function& b) { return a.name < b.name; });
    return result;
  }();
  return table;
}

const Function* find_function(std::string_view name) {
  const auto table = functions();
  const auto found = std::lower_bound(table.begin(), table.end(), name,
                                      [](const Function& f, std::string_view wanted) { return f.name < wanted; });
  return found == table.end() || found->name != name ? nullptr : &*found;
}

bool is_reduction(std::string_view name) { return contains(reductions, name); }

bool may_name_definition(std::string_view reduction) {
  return is_reduction(reduction) && find_function(reduction) == nullptr;
}

bool is_statement_keyword(std::string_view name) { return contains(statement_keywords, name); }

bool is_reserved(std::string_view name) {
  return find_function(name) != nullptr || is_reduction(name) || is_statement_keyword(name) ||
         contains(other_words, name);
}

}  // namespace chalktape::language
