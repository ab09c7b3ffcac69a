#include "symbolic/language/actions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/functions.hpp"
#include "symbolic/language/hints.hpp"
#include "symbolic/language/latex_text.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/lines.hpp"

namespace chalktape::language {

using engine::is_digit;

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
                     fmt::format("expected {}, but found {}", expected, found), hint_instead(expected, rest, before)},
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
  switch (written.front()) {
    case '<':
      relations.push_back(or_equal ? Relation::less_equal : Relation::less);
      break;
    case '>':
      relations.push_back(or_equal ? Relation::greater_equal : Relation::greater);
      break;
    default:
      relations.push_back(Relation::equal);
  }
}

void LineState::finish_assumptions(std::size_t begin, std::size_t end) {
  assumptions.resize(relations.size());
  Expr right = builder.take_operand().value;
  for (std::size_t k = relations.size(); k-- > 0;) {
    Expr left = builder.take_operand().value;
    assumptions[k] = {left, relations[k], std::move(right), source.span(begin, end)};
    right = std::move(left);
  }
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
  const std::string_view written = s.source.text().substr(begin, end - begin);
  const std::size_t sign = written.starts_with('-') ? 1 : 0;
  if (check_number(written.substr(sign), s.source.span(begin + sign, end), s.diagnostics))
    s.layer.constants.back().default_value = std::string(written);
}

}  // namespace chalktape::language
