#include "symbolic/language/functions.hpp"

#include <algorithm>
#include <array>

namespace chalktape::language {
namespace {

constexpr std::array table = {
    Function{"abs", 1},      Function{"cos", 1},  Function{"erf", 1},  Function{"exp", 1},     Function{"log", 1},
    Function{"max", 2},      Function{"min", 2},  Function{"relu", 1}, Function{"sigmoid", 1}, Function{"sin", 1},
    Function{"softplus", 1}, Function{"sqrt", 1}, Function{"step", 1}, Function{"stop", 1},    Function{"tanh", 1},
};
constexpr std::array<std::string_view, 4> reductions = {"max", "mean", "min", "sum"};
constexpr std::array<std::string_view, 6> statement_keywords = {"about", "assume", "claim", "layer", "return", "show"};
constexpr std::array<std::string_view, 3> other_words = {"delta", "diff", "pi"};

template <class Words>
bool contains(const Words& words, std::string_view name) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

}  // namespace

std::span<const Function> functions() { return table; }

const Function* find_function(std::string_view name) {
  const auto* const found = std::find_if(table.begin(), table.end(), [&](const Function& f) { return f.name == name; });
  return found == table.end() ? nullptr : found;
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
