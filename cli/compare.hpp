// `chalktape compare`: all roads to the gradient on the same data.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_compare(CLI::App& app);

inline constexpr Subcommand compare_subcommand{
    .name = "compare",
    .help = "compute the gradients by every road on the same data, and measure how far they are apart",
    .example =
        "chalktape compare batch_norm\n"
        "chalktape compare batch_norm --input x=examples/data/iris.csv:1-4 --dtype f64\n"
        "chalktape compare layer_norm --size N=32,D=16 --format json --dump numbers\n"
        "chalktape compare layer_norm --input x=x.npy --input dy=dy.npy --candidate dx=mine.npy",
    .add = add_compare,
};

}  // namespace chalktape::cli
