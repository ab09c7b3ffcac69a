// What is done with the grammar's tokens, and what is said where a token is missing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/language/claim_syntax.hpp"
#include "symbolic/language/expression_builder.hpp"
#include "symbolic/language/grammar.hpp"
#include "symbolic/language/syntax.hpp"

namespace chalktape::language {

/// The state of parsing one logical line.
struct LineState {
  LineState(const Source& the_source, Diagnostics& the_diagnostics)
      : source(the_source), diagnostics(the_diagnostics), builder(the_source, the_diagnostics) {}

  const Source& source;
  Diagnostics& diagnostics;
  ExpressionBuilder builder;

  // What the line turned out to be.
  std::optional<DefinitionSyntax> definition;
  std::vector<AssumptionSyntax> assumptions;  ///< a chain `0 < p < 1` is two
  std::optional<ShowSyntax> show;
  std::optional<ReturnSyntax> returned;
  LayerSyntax layer;
  AboutSyntax about;
  std::string title;
  std::vector<LinkSyntax> links;
  std::vector<Relation> relations;
  bool expects_refuted = false;

  [[nodiscard]] std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - source.text().data()); }
  [[nodiscard]] NameSyntax name(std::size_t begin, std::size_t end) const {
    return {std::string(source.text().substr(begin, end - begin)), source.span(begin, end)};
  }
  /// A name that is declared here: reserved words are reported.
  NameSyntax declared_name(std::size_t begin, std::size_t end) const;
  void finish_definition();
  void open_relation(std::string_view written);
  void finish_assumptions(std::size_t begin, std::size_t end);
  void finish_show(std::size_t begin, std::size_t end);
  void finish_link();
};

/// Throws the SyntaxFailure for a token that is missing at `position` of a logical line that ends at `end`.
[[noreturn]] void fail_expecting(std::string_view expected, const Source& source, std::size_t position,
                                 std::size_t end);

template <class Rule>
struct action : tao::pegtl::nothing<Rule> {};

/// An action on a token that wants its bytes: derived classes say what to do with them.
template <class Derived>
struct on_bytes {
  template <class Input>
  static void apply(const Input& in, LineState& state) {
    Derived::bytes(state, state.offset(in.begin()), state.offset(in.end()));
  }
};

// Expressions.
template <>
struct action<grammar::number> : on_bytes<action<grammar::number>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.builder.number(begin, end); }
};
template <>
struct action<grammar::name> : on_bytes<action<grammar::name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.builder.open_name(begin, end); }
};
template <>
struct action<grammar::open_bracket> {
  static void apply0(LineState& s) { s.builder.open_brackets(); }
};
template <>
struct action<grammar::index> : on_bytes<action<grammar::index>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.builder.index(begin, end); }
};
template <>
struct action<grammar::close_bracket> : on_bytes<action<grammar::close_bracket>> {
  static void bytes(LineState& s, std::size_t /*begin*/, std::size_t end) { s.builder.close_bracket(end); }
};
template <>
struct action<grammar::open_arguments> {
  static void apply0(LineState& s) { s.builder.open_arguments(); }
};
template <>
struct action<grammar::open_held> {
  static void apply0(LineState& s) { s.builder.open_held(); }
};
template <>
struct action<grammar::held_name> : on_bytes<action<grammar::held_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.builder.held(begin, end); }
};
template <>
struct action<grammar::close_arguments> : action<grammar::close_bracket> {};
template <>
struct action<grammar::named> {
  static void apply0(LineState& s) { s.builder.close_name(); }
};
template <>
struct action<grammar::parenthesis> : on_bytes<action<grammar::parenthesis>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.builder.parenthesis(begin, end); }
};
template <>
struct action<grammar::open_signs> {
  static void apply0(LineState& s) { s.builder.open_signs(); }
};
template <>
struct action<grammar::minus_sign> : on_bytes<action<grammar::minus_sign>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t /*end*/) { s.builder.minus(begin); }
};
template <>
struct action<grammar::caret> {
  static void apply0(LineState& s) { s.builder.caret(); }
};
template <>
struct action<grammar::signs_and_powers> {
  static void apply0(LineState& s) { s.builder.close_signs(); }
};
template <Kind kind>
struct binary_action {
  static void apply0(LineState& s) { s.builder.binary(kind); }
};
template <>
struct action<grammar::times> : binary_action<Kind::multiply> {};
template <>
struct action<grammar::over> : binary_action<Kind::divide> {};
template <>
struct action<grammar::plus> : binary_action<Kind::add> {};
template <>
struct action<grammar::minus> : binary_action<Kind::subtract> {};

// Statements.
template <>
struct action<grammar::target_name> : on_bytes<action<grammar::target_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.builder.open_target(begin, end); }
};
template <>
struct action<grammar::definition> {
  static void apply0(LineState& s) { s.finish_definition(); }
};
template <>
struct action<grammar::relation> {
  template <class Input>
  static void apply(const Input& in, LineState& s) {
    s.open_relation(in.string_view());
  }
};
template <>
struct action<grammar::assume_statement> : on_bytes<action<grammar::assume_statement>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.finish_assumptions(begin, end); }
};
template <>
struct action<grammar::shown_name> : on_bytes<action<grammar::shown_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.show = ShowSyntax{s.name(begin, end), {}}; }
};
template <>
struct action<grammar::latex> : on_bytes<action<grammar::latex>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.finish_show(begin, end); }
};
template <>
struct action<grammar::return_word> : on_bytes<action<grammar::return_word>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) {
    s.returned = ReturnSyntax{.outputs = {}, .auxiliary_outputs = {}, .span = s.source.span(begin, end)};
  }
};
template <>
struct action<grammar::output_name> : on_bytes<action<grammar::output_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) {
    s.returned->outputs.push_back(s.name(begin, end));
  }
};
template <>
struct action<grammar::auxiliary_name> : on_bytes<action<grammar::auxiliary_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) {
    s.returned->auxiliary_outputs.push_back(s.name(begin, end));
  }
};

// Signatures.
template <>
struct action<grammar::layer_name> : on_bytes<action<grammar::layer_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};
template <>
struct action<grammar::tensor_name> : on_bytes<action<grammar::tensor_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};
template <>
struct action<grammar::size_name> : on_bytes<action<grammar::size_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};
template <>
struct action<grammar::tensor_value> : on_bytes<action<grammar::tensor_value>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};
template <>
struct action<grammar::constant_name> : on_bytes<action<grammar::constant_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};
template <>
struct action<grammar::constant_brackets> : on_bytes<action<grammar::constant_brackets>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};
template <>
struct action<grammar::constant_value> : on_bytes<action<grammar::constant_value>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end);
};

/// What a message calls the token that a rule must match.
template <class Rule>
inline constexpr std::string_view expected = "";
template <>
inline constexpr std::string_view expected<grammar::primary> = "an expression";
template <>
inline constexpr std::string_view expected<grammar::index> = "an index";
template <>
inline constexpr std::string_view expected<grammar::held_name> = "a name to hold fixed";
template <>
inline constexpr std::string_view expected<grammar::close_parenthesis> = "an operator or ')'";
template <>
inline constexpr std::string_view expected<grammar::then_blanks<grammar::close_bracket>> = "',' or ']'";
template <>
inline constexpr std::string_view expected<grammar::then_blanks<grammar::close_sizes>> = "',' or ']'";
template <>
inline constexpr std::string_view expected<grammar::then_blanks<grammar::close_arguments>> = "an operator, ',' or ')'";
template <>
inline constexpr std::string_view expected<grammar::equals> = "'='";
template <>
inline constexpr std::string_view expected<grammar::end_of_line> = "the end of the line";
template <>
inline constexpr std::string_view expected<grammar::end_of_expression> = "an operator or the end of the line";
template <>
inline constexpr std::string_view expected<grammar::target_name> = "a statement";
template <>
inline constexpr std::string_view expected<grammar::output_name> = "the name of an output";
template <>
inline constexpr std::string_view expected<grammar::auxiliary_name> = "the name of an output";
template <>
inline constexpr std::string_view expected<grammar::relation> = "an operator or one of = < <= > >=";
template <>
inline constexpr std::string_view expected<grammar::shown_name> = "the name to show";
template <>
inline constexpr std::string_view expected<grammar::as_word> = "'as'";
template <>
inline constexpr std::string_view expected<grammar::latex> = "LaTeX";
template <>
inline constexpr std::string_view expected<grammar::layer_name> = "the layer's name";
template <>
inline constexpr std::string_view expected<grammar::open_signature> = "'('";
template <>
inline constexpr std::string_view expected<grammar::close_signature> = "',', ';' or ')'";
template <>
inline constexpr std::string_view expected<grammar::tensor> = "a tensor's name";
template <>
inline constexpr std::string_view expected<grammar::constant> = "a constant's name";
template <>
inline constexpr std::string_view expected<grammar::size_name> = "a size's name";
template <>
inline constexpr std::string_view expected<grammar::constant_value> = "a number";
template <>
inline constexpr std::string_view expected<grammar::tensor_value> = "a number";

/// Rules that must match and do not are reported in the language's own words.
template <class Rule>
struct control : tao::pegtl::normal<Rule> {
  template <class Input, class... States>
  [[noreturn]] static void raise(const Input& in, const LineState& state, States&&... /*unused*/) {
    fail_expecting(expected<Rule>, state.source, state.offset(in.current()), state.offset(in.end()));
  }
};

}  // namespace chalktape::language
