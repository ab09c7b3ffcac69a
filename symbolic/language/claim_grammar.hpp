// The grammar of `about` and `claim` blocks, for PEGTL; see grammar.hpp.
#pragma once

#include "symbolic/language/grammar.hpp"

namespace chalktape::language::grammar {

struct expect_word : TAO_PEGTL_KEYWORD("expect") {};
struct refuted_word : TAO_PEGTL_KEYWORD("refuted") {};
struct expectation : pegtl::if_must<then_blanks<expect_word>, refuted_word, blanks> {};

// about batch_norm with h for x, Delta for delta
struct about_word : TAO_PEGTL_KEYWORD("about") {};
struct with_word : TAO_PEGTL_KEYWORD("with") {};
struct for_word : TAO_PEGTL_KEYWORD("for") {};
struct about_target : pegtl::plus<pegtl::not_one<' ', '\t'>> {};
struct written_name : pegtl::identifier {};
struct meant_name : pegtl::identifier {};
struct renaming : pegtl::seq<written_name, blanks, pegtl::must<for_word>, blanks, pegtl::must<meant_name>> {};
struct end_of_about : pegtl::eof {};
struct about_head
    : pegtl::seq<about_word, blanks, pegtl::must<about_target>, blanks,
                 pegtl::opt<pegtl::if_must<then_blanks<with_word>, comma_list<renaming>>>, pegtl::must<end_of_about>> {
};

// claim "what is claimed" expect refuted
struct claim_word : TAO_PEGTL_KEYWORD("claim") {};
struct quoted : pegtl::star<pegtl::not_one<'"'>> {};
struct title : pegtl::seq<pegtl::one<'"'>, quoted, pegtl::one<'"'>> {};
struct end_of_claim_head : pegtl::eof {};
struct claim_head : pegtl::seq<claim_word, blanks, pegtl::must<title>, blanks, pegtl::opt<expectation>,
                               pegtl::must<end_of_claim_head>> {};

// The lines of a claim.
struct where_word : TAO_PEGTL_KEYWORD("where") {};
struct where_definition : pegtl::seq<where_word, pegtl::plus<pegtl::one<' ', '\t'>>, pegtl::at<name>, definition> {};
struct chain_equals : pegtl::one<'='> {};
struct first_link : pegtl::seq<expression> {};
struct next_link : pegtl::seq<then_blanks<chain_equals>, expression> {};
struct end_of_chain : pegtl::eof {};
struct chain
    : pegtl::seq<
          pegtl::sor<pegtl::plus<next_link>, pegtl::seq<first_link, pegtl::must<next_link>, pegtl::star<next_link>>>,
          pegtl::opt<expectation>, pegtl::must<end_of_chain>> {};
struct claim_line : pegtl::sor<where_definition, chain> {};

}  // namespace chalktape::language::grammar
