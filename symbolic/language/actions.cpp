#include "symbolic/language/actions.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/functions.hpp"
#include "symbolic/language/greek.hpp"
#include "symbolic/language/latex_text.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/lines.hpp"

namespace chalktape::language {

using engine::is_digit;
namespace {

struct Lookalike {
  std::string_view symbol;
  std::string_view hint;
};

// Signs that people paste from a page, and what the language writes for them.
constexpr std::array lookalikes = {
    Lookalike{"·", "a product is written with '*'"},
    Lookalike{"×", "a product is written with '*'"},
    Lookalike{"∗", "a product is written with '*'"},
    Lookalike{"⋅", "a product is written with '*'"},
    Lookalike{"÷", "a quotient is written with '/'"},
    Lookalike{"−", "a minus is written with '-'"},
    Lookalike{"–", "a minus is written with '-'"},
    Lookalike{"²", "a square is written ^2"},
    Lookalike{"³", "a cube is written ^3"},
    Lookalike{"√", "a root is written sqrt(…)"},
    Lookalike{"Σ", "a sum is written sum[i](…)"},
    Lookalike{"∑", "a sum is written sum[i](…)"},
    Lookalike{"σ", "write sigma"},
    Lookalike{"∂", "a derivative is written diff(e, x[i,j])"},
    Lookalike{"**", "a power is written with '^'"},
    Lookalike{".", "a number has digits on both sides of its point"},
    Lookalike{"≤", "write <="},
    Lookalike{"≥", "write >="},
    Lookalike{"%", "a comment begins with '#'"},
    Lookalike{"//", "a comment begins with '#'"},
};

std::string lookalike_hint(std::string_view rest) {
  for (const Lookalike& lookalike : lookalikes) {
    if (rest.starts_with(lookalike.symbol)) return std::string(lookalike.hint);
  }
  for (const GreekLetter& letter : greek_letters) {
    if (rest.starts_with(letter.unicode)) return fmt::format("write {}", letter.name);
  }
  return {};
}

// What may help where `expected` is missing and `rest` stands instead.
std::string hint_for(std::string_view expected, std::string_view rest, std::string_view before) {
  const bool before_is_star = before.ends_with('*');
  if (before_is_star && rest.starts_with('*')) return "a power is written with '^'";
  if (std::string hint = lookalike_hint(rest); !hint.empty()) return hint;
  const char first = rest.front();
  const bool begins_operand = !word_at(rest, 0).empty() || is_digit(first) || first == '(';
  const bool wants_operator = expected.find("an operator") != std::string_view::npos;
  if (wants_operator && begins_operand) return "a product is written with '*'";
  if (wants_operator && (first == ')' || first == ']')) return "no bracket that it could close is open here";
  if (wants_operator && first == '[') return "indices stand right behind a name";
  if (expected.ends_with("end of the line")) {
    if (first == '=') return "a definition has one '='";
    if (first == '<' || first == '>') return "a comparison stands in 'assume'";
  }
  if (expected == "an expression" && first == '+') return "there is no sign '+'";
  if (expected == "a size's name" && is_digit(first)) return "sizes are symbols, such as N; their values come later";
  if (expected == "a statement") return "a layer holds definitions such as y[i] = …, and assume, show and return";
  return {};
}

}  // namespace

void fail_expecting(std::string_view expected, const Source& source, std::size_t position, std::size_t end) {
  const bool is_no_definition = expected == "'='";
  if (position >= end) {
    throw SyntaxFailure{
        .diagnostic = {source.span(end, end), fmt::format("expected {}, but the line ends here", expected), {}},
        .at_end = true,
        .is_no_definition = is_no_definition};
  }
  const std::string_view line = source.text().substr(0, end);
  const std::string_view rest = line.substr(position);
  std::size_t length = word_at(line, position).size();
  if (length == 0) {
    const auto* const digits_end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    length = static_cast<std::size_t>(digits_end - rest.begin());
  }
  const std::string found = length > 0 && length <= limits::name_length ? fmt::format("'{}'", rest.substr(0, length))
                                                                        : quoted_code_point(line, position);
  if (length == 0) length = decode_utf8(line, position).length;
  std::string_view before = line.substr(0, position);
  while (before.ends_with(' ') || before.ends_with('\t')) before.remove_suffix(1);
  throw SyntaxFailure{
      .diagnostic = {source.span(position, position + length),
                     fmt::format("expected {}, but found {}", expected, found), hint_for(expected, rest, before)},
      .is_no_definition = is_no_definition};
}

NameSyntax LineState::declared_name(std::size_t begin, std::size_t end) const {
  NameSyntax declared = name(begin, end);
  if (is_reserved(declared.name)) {
    diagnostics.add(declared.span, fmt::format("'{}' is a reserved word and cannot be a name", declared.name));
  }
  check_name_length(declared.name, declared.span, diagnostics);
  return declared;
}

void LineState::finish_definition() {
  Operand value = builder.take_operand();
  NameFrame target = builder.take_name();
  const NameSyntax target_name{target.name, source.span(target.begin, target.name_end)};
  if (is_reserved(target_name.name) && !may_name_definition(target_name.name)) {
    diagnostics.add(target_name.span, fmt::format("'{}' is a reserved word and cannot be a name", target_name.name));
  }
  definition =
      DefinitionSyntax{.name = target_name, .indices = std::move(target.indices), .value = std::move(value.value)};
}

void LineState::open_relation(std::string_view written) {
  const bool or_equal = written.size() == 2;
  assumption.emplace();
  switch (written.front()) {
    case '<':
      assumption->relation = or_equal ? Relation::less_equal : Relation::less;
      break;
    case '>':
      assumption->relation = or_equal ? Relation::greater_equal : Relation::greater;
      break;
    default:
      assumption->relation = Relation::equal;
  }
}

void LineState::finish_assumption(std::size_t begin, std::size_t end) {
  assumption->right = builder.take_operand().value;
  assumption->left = builder.take_operand().value;
  assumption->span = source.span(begin, end);
}

void LineState::finish_show(std::size_t begin, std::size_t end) {
  show->latex = std::string(source.text().substr(begin, end - begin));
  if (const auto problem = find_latex_problem(show->latex)) {
    diagnostics.add(source.span(begin + problem->begin, begin + problem->end), problem->message, problem->hint);
  }
}

void LineState::finish_link() {
  Operand link = builder.take_operand();
  links.push_back({std::move(link.value), std::string(source.text().substr(link.begin, link.end - link.begin)),
                   source.span(link.begin, link.end)});
}

using grammar::constant_brackets;
using grammar::constant_name;
using grammar::constant_value;
using grammar::layer_name;
using grammar::size_name;
using grammar::tensor_name;
using grammar::tensor_value;

void action<layer_name>::bytes(LineState& s, std::size_t begin, std::size_t end) {
  // A layer may have a function's name (`sigmoid`), as nothing calls a layer; only the words of statements are taken.
  s.layer.name = s.name(begin, end);
  check_name_length(s.layer.name.name, s.layer.name.span, s.diagnostics);
  if (is_statement_keyword(s.layer.name.name)) {
    s.diagnostics.add(s.layer.name.span,
                      fmt::format("'{}' is a reserved word and cannot be a name", s.layer.name.name));
  }
}

void action<tensor_name>::bytes(LineState& s, std::size_t begin, std::size_t end) {
  s.layer.tensors.push_back({s.declared_name(begin, end), {}});
}

void action<size_name>::bytes(LineState& s, std::size_t begin, std::size_t end) {
  s.layer.tensors.back().sizes.push_back(s.declared_name(begin, end));
}

void action<tensor_value>::bytes(LineState& s, std::size_t /*begin*/, std::size_t /*end*/) {
  const NameSyntax& tensor = s.layer.tensors.back().name;
  s.diagnostics.add(tensor.span, fmt::format("the tensor '{}' cannot have a default", tensor.name),
                    fmt::format("constants stand behind a semicolon: (x[N,D]; {} = …)", tensor.name));
}

void action<constant_name>::bytes(LineState& s, std::size_t begin, std::size_t end) {
  s.layer.constants.push_back({s.declared_name(begin, end), std::nullopt});
}

void action<constant_brackets>::bytes(LineState& s, std::size_t begin, std::size_t end) {
  s.diagnostics.add(s.source.span(begin, end),
                    fmt::format("the constant '{}' cannot have indices", s.layer.constants.back().name.name),
                    "what stands behind the semicolon are numbers; tensors stand before it");
}

void action<constant_value>::bytes(LineState& s, std::size_t begin, std::size_t end) {
  s.layer.constants.back().default_value = std::string(s.source.text().substr(begin, end - begin));
}

}  // namespace chalktape::language
