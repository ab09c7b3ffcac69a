// `chalktape lesson`: the page that a teacher projects and a student takes home.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_lesson(CLI::App& app);

inline constexpr Subcommand lesson_subcommand{
    .name = "lesson",
    .help = "write one HTML page: the graph and the derivation side by side, step by step",
    .example =
        "chalktape lesson batch_norm -o batch_norm.html\n"
        "chalktape lesson softmax layer_norm my_layer.chalk --at N=2,D=2 -o lessons.html",
    .add = add_lesson,
};

}  // namespace chalktape::cli
