// What is done with the tokens of `about` and `claim` blocks; see actions.hpp.
#pragma once

#include "symbolic/language/actions.hpp"
#include "symbolic/language/claim_grammar.hpp"

namespace chalktape::language {

template <>
struct action<grammar::refuted_word> {
  static void apply0(LineState& s) { s.expects_refuted = true; }
};
template <>
struct action<grammar::about_target> : on_bytes<action<grammar::about_target>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) {
    const NameSyntax target = s.name(begin, end);
    s.about = AboutSyntax{target.name, target.span, {}};
  }
};
template <>
struct action<grammar::written_name> : on_bytes<action<grammar::written_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) {
    s.about.renamings.push_back({s.name(begin, end), {}});
  }
};
template <>
struct action<grammar::meant_name> : on_bytes<action<grammar::meant_name>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) {
    s.about.renamings.back().meant = s.name(begin, end);
  }
};
template <>
struct action<grammar::quoted> : on_bytes<action<grammar::quoted>> {
  static void bytes(LineState& s, std::size_t begin, std::size_t end) { s.title = s.name(begin, end).name; }
};
template <>
struct action<grammar::first_link> {
  static void apply0(LineState& s) { s.finish_link(); }
};
template <>
struct action<grammar::next_link> {
  static void apply0(LineState& s) { s.finish_link(); }
};

template <>
inline constexpr std::string_view expected<grammar::refuted_word> = "'refuted'";
template <>
inline constexpr std::string_view expected<grammar::about_target> = "a layer's name, or FILE.chalk:NAME";
template <>
inline constexpr std::string_view expected<grammar::for_word> = "'for'";
template <>
inline constexpr std::string_view expected<grammar::renaming> = "a name that the text writes";
template <>
inline constexpr std::string_view expected<grammar::meant_name> = "the name that the layer has for it";
template <>
inline constexpr std::string_view expected<grammar::end_of_about> = "'with', ',' or the end of the line";
template <>
inline constexpr std::string_view expected<grammar::title> = "a title in quotation marks";
template <>
inline constexpr std::string_view expected<grammar::end_of_claim_head> = "'expect refuted' or the end of the line";
template <>
inline constexpr std::string_view expected<grammar::next_link> = "an operator or '='";
template <>
inline constexpr std::string_view expected<grammar::end_of_chain> =
    "an operator, '=', 'expect refuted' or the end of the line";

}  // namespace chalktape::language
