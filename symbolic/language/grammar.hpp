// The grammar of the `.chalk` language, for PEGTL. What is done with the tokens stands in actions.hpp.
//
// Every rule eats the blanks behind it, so that where a rule must match, its token stands at the current place: that
// is where the error points. A logical line is parsed at a time; line breaks inside it stand in brackets.
#pragma once

#include <tao/pegtl.hpp>

namespace chalktape::language::grammar {

namespace pegtl = tao::pegtl;

struct comment : pegtl::seq<pegtl::one<'#'>, pegtl::star<pegtl::not_one<'\n'>>> {};
struct blanks : pegtl::star<pegtl::sor<pegtl::one<' ', '\t', '\r', '\n'>, comment>> {};

template <class Token>
struct then_blanks : pegtl::seq<Token, blanks> {};

// Tokens.
struct number
    : pegtl::seq<pegtl::plus<pegtl::digit>, pegtl::opt<pegtl::one<'.'>, pegtl::plus<pegtl::digit>>,
                 pegtl::opt<pegtl::one<'e', 'E'>, pegtl::opt<pegtl::one<'+', '-'>>, pegtl::plus<pegtl::digit>>> {};
struct name : pegtl::identifier {};
struct index : pegtl::sor<pegtl::identifier, pegtl::plus<pegtl::digit>> {};
struct held_name : pegtl::identifier {};
struct open_bracket : pegtl::one<'['> {};
struct close_bracket : pegtl::one<']'> {};
struct open_arguments : pegtl::one<'('> {};
struct close_arguments : pegtl::one<')'> {};
struct close_parenthesis : pegtl::one<')'> {};
struct minus_sign : pegtl::one<'-'> {};
struct caret : pegtl::one<'^'> {};
struct comma : pegtl::one<','> {};
struct semicolon : pegtl::one<';'> {};
struct equals : pegtl::one<'='> {};
struct end_of_line : pegtl::eof {};
struct end_of_expression : pegtl::eof {};

template <class Item>
struct comma_list
    : pegtl::seq<pegtl::must<Item>, blanks, pegtl::star<pegtl::if_must<then_blanks<comma>, Item, blanks>>> {};

// Expressions.
struct expression;
struct indices : pegtl::if_must<then_blanks<open_bracket>, comma_list<index>, then_blanks<close_bracket>> {};
struct open_held : pegtl::one<';'> {};
struct held_names : pegtl::if_must<then_blanks<open_held>, comma_list<held_name>> {};
struct arguments : pegtl::if_must<then_blanks<open_arguments>, comma_list<expression>, pegtl::opt<held_names>,
                                  then_blanks<close_arguments>> {};
struct named : pegtl::seq<then_blanks<name>, pegtl::opt<indices>, pegtl::opt<arguments>> {};
struct parenthesis : pegtl::if_must<then_blanks<pegtl::one<'('>>, expression, close_parenthesis> {};
struct primary : pegtl::sor<number, named, parenthesis> {};

struct open_signs : pegtl::success {};
struct operand : pegtl::seq<pegtl::star<then_blanks<minus_sign>>, pegtl::must<primary>, blanks> {};
struct signs_and_powers : pegtl::seq<open_signs, operand, pegtl::star<then_blanks<caret>, operand>> {};
struct times : pegtl::seq<then_blanks<pegtl::one<'*'>>, signs_and_powers> {};
struct over : pegtl::seq<then_blanks<pegtl::one<'/'>>, signs_and_powers> {};
struct product : pegtl::seq<signs_and_powers, pegtl::star<pegtl::sor<times, over>>> {};
struct plus : pegtl::seq<then_blanks<pegtl::one<'+'>>, product> {};
struct minus : pegtl::seq<then_blanks<pegtl::one<'-'>>, product> {};
struct expression : pegtl::seq<product, pegtl::star<pegtl::sor<plus, minus>>> {};

struct lone_expression : pegtl::seq<blanks, expression, pegtl::must<end_of_expression>> {};

// Statements.
struct return_word : TAO_PEGTL_KEYWORD("return") {};
struct assume_word : TAO_PEGTL_KEYWORD("assume") {};
struct show_word : TAO_PEGTL_KEYWORD("show") {};
struct as_word : TAO_PEGTL_KEYWORD("as") {};
struct output_name : pegtl::identifier {};
struct auxiliary_name : pegtl::identifier {};
struct shown_name : pegtl::identifier {};
struct latex : pegtl::plus<pegtl::any> {};
struct relation : pegtl::sor<pegtl::string<'<', '='>, pegtl::string<'>', '='>, pegtl::one<'=', '<', '>'>> {};
struct target_name : name {};

struct definition : pegtl::seq<pegtl::must<target_name>, blanks, pegtl::opt<indices>, pegtl::must<equals>, blanks,
                               expression, pegtl::must<end_of_expression>> {};
struct return_statement : pegtl::if_must<then_blanks<return_word>, comma_list<output_name>,
                                         pegtl::opt<then_blanks<semicolon>, comma_list<auxiliary_name>>, end_of_line> {
};
struct further_relation : pegtl::seq<relation, blanks, expression> {};
struct assume_statement : pegtl::if_must<then_blanks<assume_word>, expression, relation, blanks, expression,
                                         pegtl::opt<further_relation>, end_of_expression> {};
struct show_statement : pegtl::if_must<then_blanks<show_word>, shown_name, blanks, as_word, blanks, latex> {};
struct statement : pegtl::sor<return_statement, assume_statement, show_statement, definition> {};

// Signatures.
struct layer_word : TAO_PEGTL_KEYWORD("layer") {};
struct layer_name : pegtl::identifier {};
struct tensor_name : pegtl::identifier {};
struct size_name : pegtl::identifier {};
struct constant_name : pegtl::identifier {};
struct open_sizes : pegtl::one<'['> {};
struct close_sizes : pegtl::one<']'> {};
struct open_signature : pegtl::one<'('> {};
struct close_signature : pegtl::one<')'> {};
struct signed_number : pegtl::seq<pegtl::opt<pegtl::one<'-'>>, number> {};
struct constant_value : signed_number {};
struct tensor_value : signed_number {};
struct constant_brackets : pegtl::seq<pegtl::one<'['>, pegtl::star<pegtl::not_one<']', ')'>>, pegtl::one<']'>> {};

struct sizes : pegtl::if_must<then_blanks<open_sizes>, comma_list<size_name>, then_blanks<close_sizes>> {};
struct tensor : pegtl::seq<tensor_name, blanks, pegtl::opt<sizes>,
                           pegtl::opt<pegtl::if_must<then_blanks<equals>, tensor_value, blanks>>> {};
struct constant : pegtl::seq<constant_name, blanks, pegtl::opt<then_blanks<constant_brackets>>,
                             pegtl::opt<pegtl::if_must<then_blanks<equals>, constant_value, blanks>>> {};
struct tensors : pegtl::seq<tensor, pegtl::star<pegtl::if_must<then_blanks<comma>, tensor>>> {};
struct constants : pegtl::seq<constant, pegtl::star<pegtl::if_must<then_blanks<comma>, constant>>> {};
struct signature
    : pegtl::seq<pegtl::must<layer_word>, blanks, pegtl::must<layer_name>, blanks, pegtl::must<open_signature>, blanks,
                 pegtl::opt<tensors>, pegtl::opt<then_blanks<semicolon>, pegtl::opt<constants>>,
                 pegtl::must<close_signature>, blanks, pegtl::must<end_of_line>> {};

}  // namespace chalktape::language::grammar
