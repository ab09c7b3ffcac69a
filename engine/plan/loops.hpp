// The loop program: what a plan executes and an emitter prints. Loops over index ranges with fused bodies, and calls of
// ops on whole tensors, over numbered buffers. It is plain data and knows nothing of who runs it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "engine/tape/graph.hpp"

namespace chalktape::engine {

/// Memory of one value, row-major. Inputs and constants lie outside; temporaries and outputs lie in the plan's arena.
struct Buffer {
  enum class Role { input, constant, temporary, output };
  Role role = Role::temporary;
  NodeId node = 0;  ///< whose value it is
  std::string name;
  Shape shape;
  DType dtype = DType::f64;
  int first_step = 0;       ///< the step that writes it
  int last_step = 0;        ///< the last step that reads it; outputs are kept to the end
  int in_place_of = -1;     ///< the buffer that it overwrites entry by entry, or −1
  std::int64_t offset = 0;  ///< in the arena of its dtype, in elements
};

/// Entry (i₀, i₁, …) lies at Σ iₐ strideₐ of the buffer.
struct Access {
  int buffer = 0;
  Strides strides;
  bool operator==(const Access&) const = default;
};

/// What a statement reads: the result of an earlier statement of the loop, by its number, or an entry of a buffer. A
/// result of smaller depth is the same for all further indices.
using Operand = std::variant<int, Access>;

/// One op for every tuple of the loop's first `depth` indices. A reduction reduces some of them. If those are the last
/// ones and fit in a tile, its result is there for the statements that follow (result_depth < depth); else it
/// accumulates over the whole loop, and its result is complete when the loop ends.
struct Statement {
  const Op* op = nullptr;
  Attributes attributes;
  NodeId node = 0;
  int depth = 0;
  int result_depth = 0;  ///< the depth of statements that read the result; `depth` unless a reduction
  std::vector<Operand> operands;
  bool accumulates = false;
  int buffer = -1;  ///< where the result is stored; −1 if it never touches memory
  Strides strides;  ///< of an accumulating reduction's result: 0 along reduced axes
};

/// All indices in row-major order, `tile_length` steps of axis `tile_axis` and all of the later axes at a time.
struct Loop {
  Shape extents;
  DType dtype = DType::f64;
  std::vector<Statement> body;
  int tile_axis = 0;
  std::int64_t tile_length = 1;
  bool backwards = false;  ///< from the last tile to the first: what the loop before left in the cache comes first
};

/// An op on whole tensors: contractions, and movement that is no view.
struct Call {
  const Op* op = nullptr;
  Attributes attributes;
  NodeId node = 0;
  std::vector<Access> operands;
  std::vector<Shape> shapes;  ///< of the operands
  int buffer = -1;
};

using Step = std::variant<Loop, Call>;

struct LoopProgram {
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<int> inputs;              ///< buffers, in the order asked for
  std::vector<int> outputs;             ///< likewise; two may be the same
  std::array<std::int64_t, 2> arena{};  ///< elements of f32 and f64 that temporaries and outputs take together
  std::int64_t live_bytes = 0;          ///< the most that live at the same time: no arena can be smaller

  [[nodiscard]] Buffer& buffer(int number) { return buffers[static_cast<std::size_t>(number)]; }
  [[nodiscard]] const Buffer& buffer(int number) const { return buffers[static_cast<std::size_t>(number)]; }
  [[nodiscard]] std::int64_t arena_bytes() const { return arena[0] * 4 + arena[1] * 8; }
};

/// The product of the extents from axis `first` on, up to axis `last` (exclusive; all of them by default).
[[nodiscard]] std::int64_t extent_product(const Shape& extents, std::size_t first,
                                          std::size_t last = std::numeric_limits<std::size_t>::max());
/// Strides over `rank` axes of a row-major array over axes [first, last) that does not vary along the others.
[[nodiscard]] Strides strides_within(const Shape& extents, std::size_t first, std::size_t last, std::size_t rank);

/// For a person: steps with their fused groups, tiles, buffers and the bytes that they move; peak memory and its bound.
[[nodiscard]] std::string to_text(const LoopProgram& program);

}  // namespace chalktape::engine
