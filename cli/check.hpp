// chalktape check: is this derivation right?
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_check(CLI::App& app);

inline constexpr Subcommand check_subcommand{
    "check", "judge a derivation line by line: what holds, what does not, and what would",
    "chalktape check examples/published/alternative_backward.chalk\nchalktape check my.chalk --format json", add_check};

}  // namespace chalktape::cli
