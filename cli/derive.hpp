// `chalktape derive`: the derivation of a layer's gradients.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_derive(CLI::App& app);

inline constexpr Subcommand derive_subcommand{
    .name = "derive",
    .help = "derive the gradients on paper, one named rule at a time, each step checked",
    .example =
        "chalktape derive batch_norm\n"
        "chalktape derive batch_norm --wrt x --format latex -o batch_norm.tex\n"
        "chalktape derive batch_norm --wrt x --at N=3,D=2\n"
        "chalktape derive my_layer.chalk --format json",
    .add = add_derive};

}  // namespace chalktape::cli
