// `chalktape trace`: the tape's two sweeps in numbers.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_trace(CLI::App& app);

inline constexpr Subcommand trace_subcommand{
    .name = "trace",
    .help = "show the tape's two sweeps in numbers, node by node",
    .example =
        "chalktape trace batch_norm\n"
        "chalktape trace softmax --size N=2,D=3 --seed 7",
    .add = add_trace,
};

}  // namespace chalktape::cli
