#include "engine/plan/loops.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

namespace chalktape::engine {

std::int64_t extent_product(const Shape& extents, std::size_t first, std::size_t last) {
  std::int64_t product = 1;
  for (std::size_t axis = first; axis < std::min(last, extents.size()); ++axis) product *= extents[axis];
  return product;
}

Strides strides_within(const Shape& extents, std::size_t first, std::size_t last, std::size_t rank) {
  Strides strides(rank, 0);
  for (std::size_t axis = first; axis < last; ++axis) strides[axis] = extent_product(extents, axis + 1, last);
  return strides;
}

namespace {

std::int64_t bytes_of(const Buffer& buffer) {
  return element_count(buffer.shape) * static_cast<std::int64_t>(size_of(buffer.dtype));
}

// What a step reads and writes, each buffer once.
struct Traffic {
  const LoopProgram& program;
  std::set<int> read, written;

  void operator()(const Loop& loop) {
    for (const Statement& statement : loop.body) {
      for (const Operand& operand : statement.operands) {
        if (const Access* access = std::get_if<Access>(&operand)) read.insert(access->buffer);
      }
      if (statement.buffer >= 0) written.insert(statement.buffer);
    }
  }
  void operator()(const Call& call) {
    for (const Access& access : call.operands) read.insert(access.buffer);
    written.insert(call.buffer);
  }
  [[nodiscard]] std::int64_t bytes(const std::set<int>& buffers) const {
    std::int64_t total = 0;
    for (const int buffer : buffers) total += bytes_of(program.buffer(buffer));
    return total;
  }
};

class Writer {
 public:
  explicit Writer(const LoopProgram& program) : program_(program) {}

  void operator()(const Loop& loop) {
    print("loop over {}, tiles of {} along axis {}{}\n", engine::to_text(loop.extents), loop.tile_length,
          loop.tile_axis, loop.backwards ? ", backwards" : "");
    for (std::size_t k = 0; k < loop.body.size(); ++k) {
      const Statement& s = loop.body[k];
      const std::string attributes = engine::to_text(s.attributes);
      std::string operands;
      for (const Operand& operand : s.operands) {
        const auto* access = std::get_if<Access>(&operand);
        operands += (operands.empty() ? "" : ", ") +
                    (access != nullptr ? name(access->buffer) + strides(access->strides, loop, s.depth)
                                       : fmt::format("t{}", std::get<int>(operand)));
      }
      const std::string depth =
          s.depth == static_cast<int>(loop.extents.size()) ? "" : fmt::format("  over {} axes", s.depth);
      print("    {} = {}({}{}{}){}{}\n", s.accumulates ? name(s.buffer) : fmt::format("t{}", k), s.op->name, operands,
            attributes.empty() ? "" : "; ", attributes, depth,
            s.buffer >= 0 && !s.accumulates ? "  -> " + name(s.buffer) : "");
    }
  }
  void operator()(const Call& call) {
    std::string operands;
    for (const Access& access : call.operands) operands += (operands.empty() ? "" : ", ") + name(access.buffer);
    const std::string attributes = engine::to_text(call.attributes);
    print("call {} = {}({}{}{})\n", name(call.buffer), call.op->name, operands, attributes.empty() ? "" : "; ",
          attributes);
  }

  std::string text() {
    std::int64_t moved = 0;
    for (std::size_t k = 0; k < program_.steps.size(); ++k) {
      Traffic traffic{program_, {}, {}};
      std::visit(traffic, program_.steps[k]);
      print("{}: ", k);
      std::visit(*this, program_.steps[k]);
      const std::int64_t read = traffic.bytes(traffic.read);
      const std::int64_t written = traffic.bytes(traffic.written);
      print("    reads {} bytes, writes {}\n", read, written);
      moved += read + written;
    }
    constexpr std::array roles{"input", "constant", "temporary", "output"};
    for (const Buffer& buffer : program_.buffers) {
      print("buffer {} {} {} {}", buffer.name, engine::to_text(buffer.shape), name_of(buffer.dtype),
            roles[static_cast<std::size_t>(buffer.role)]);
      if (buffer.role == Buffer::Role::temporary || buffer.role == Buffer::Role::output) {
        print(", steps {} to {}, at {}", buffer.first_step, buffer.last_step, buffer.offset);
        if (buffer.in_place_of >= 0) print(", in place of {}", name(buffer.in_place_of));
      }
      print("\n");
    }
    print("moves {} bytes; peak memory {} bytes, at least {} live at once\n", moved, program_.arena_bytes(),
          program_.live_bytes);
    return text_;
  }

 private:
  template <class... A>
  void print(fmt::format_string<A...> format, A&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<A>(arguments)...);
  }
  [[nodiscard]] const std::string& name(int buffer) const { return program_.buffer(buffer).name; }
  // Nothing for an entry per index tuple in order; else the strides.
  static std::string strides(const Strides& strides, const Loop& loop, int depth) {
    const auto rank = static_cast<std::size_t>(depth);
    return strides == strides_within(loop.extents, 0, rank, rank) ? "" : fmt::format("[{}]", fmt::join(strides, " "));
  }

  const LoopProgram& program_;
  std::string text_;
};

}  // namespace

std::string to_text(const LoopProgram& program) { return Writer(program).text(); }

}  // namespace chalktape::engine
