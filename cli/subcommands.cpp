#include <array>

#include "cli/check.hpp"
#include "cli/compare.hpp"
#include "cli/derive.hpp"
#include "cli/emit.hpp"
#include "cli/graph.hpp"
#include "cli/layers.hpp"
#include "cli/lesson.hpp"
#include "cli/subcommand.hpp"
#include "cli/trace.hpp"

namespace chalktape::cli {

std::span<const Subcommand> subcommands() {
  static constexpr std::array table{
      layers_subcommand,  derive_subcommand, graph_subcommand, trace_subcommand,
      compare_subcommand, check_subcommand,  emit_subcommand,  lesson_subcommand,
  };
  return table;
}

}  // namespace chalktape::cli
