// Where the temporaries and outputs of a loop program lie.
#include <algorithm>
#include <numeric>
#include <set>

#include "engine/plan/schedule.hpp"

namespace chalktape::engine {

namespace {

// What shares one piece of memory: a buffer and those that take it over in place.
struct Piece {
  std::vector<int> buffers;
  DType dtype = DType::f64;
  std::int64_t size = 0;  // elements, in whole cache lines
  int first_step = 0;
  int last_step = 0;
  std::int64_t offset = 0;
};

bool is_ours(const Buffer& buffer) {
  return buffer.role == Buffer::Role::temporary || buffer.role == Buffer::Role::output;
}

void find_lifetimes(LoopProgram& program) {
  const auto visit = [&](const Step& step, int number) {
    const auto read = [&](int buffer) { program.buffer(buffer).last_step = number; };
    const auto write = [&](int buffer) {
      program.buffer(buffer).first_step = number;
      read(buffer);
    };
    if (const Call* call = std::get_if<Call>(&step)) {
      for (const Access& access : call->operands) read(access.buffer);
      write(call->buffer);
      return;
    }
    for (const Statement& statement : std::get<Loop>(step).body) {
      for (const Operand& operand : statement.operands) {
        if (const Access* access = std::get_if<Access>(&operand)) read(access->buffer);
      }
      if (statement.buffer >= 0) write(statement.buffer);
    }
  };
  for (std::size_t k = 0; k < program.steps.size(); ++k) visit(program.steps[k], static_cast<int>(k));
  for (Buffer& buffer : program.buffers) {
    if (buffer.role == Buffer::Role::output) buffer.last_step = static_cast<int>(program.steps.size());
  }
}

// A result may overwrite a temporary that nobody reads later, if the loop reads it in the result's own order, and not
// after the result is there.
void overwrite_in_place(LoopProgram& program, const Loop& loop, int number) {
  const auto rank = loop.extents.size();
  const Strides in_order = strides_within(loop.extents, 0, rank, rank);
  const std::int64_t size = extent_product(loop.extents, 0);
  std::set<int> taken;
  for (std::size_t k = 0; k < loop.body.size(); ++k) {
    const Statement& result = loop.body[k];
    if (result.buffer < 0 || result.accumulates || result.result_depth != static_cast<int>(rank)) continue;
    for (std::size_t candidate = 0; candidate < program.buffers.size(); ++candidate) {
      const Buffer& old = program.buffers[candidate];
      if (old.role != Buffer::Role::temporary || old.first_step >= number || old.last_step != number ||
          old.dtype != loop.dtype || element_count(old.shape) != size || taken.contains(static_cast<int>(candidate))) {
        continue;
      }
      bool fits = true;
      for (std::size_t reader = 0; reader < loop.body.size(); ++reader) {
        for (const Operand& operand : loop.body[reader].operands) {
          const Access* access = std::get_if<Access>(&operand);
          if (access == nullptr || access->buffer != static_cast<int>(candidate)) continue;
          fits = fits && access->strides == in_order && reader <= k;
        }
      }
      if (!fits) continue;
      program.buffer(result.buffer).in_place_of = static_cast<int>(candidate);
      taken.insert(static_cast<int>(candidate));
      break;
    }
  }
}

std::vector<Piece> pieces_of(const LoopProgram& program) {
  std::vector<Piece> pieces;
  std::vector<std::size_t> piece_of(program.buffers.size());
  std::vector<int> order(program.buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return program.buffer(a).first_step < program.buffer(b).first_step; });
  for (const int number : order) {
    const auto index = static_cast<std::size_t>(number);
    const Buffer& buffer = program.buffers[index];
    if (!is_ours(buffer)) continue;
    if (buffer.in_place_of >= 0) {
      piece_of[index] = piece_of[static_cast<std::size_t>(buffer.in_place_of)];
    } else {
      const auto line = static_cast<std::int64_t>(64 / size_of(buffer.dtype));
      piece_of[index] = pieces.size();
      pieces.push_back({{},
                        buffer.dtype,
                        (element_count(buffer.shape) + line - 1) / line * line,
                        buffer.first_step,
                        buffer.last_step,
                        0});
    }
    pieces[piece_of[index]].buffers.push_back(number);
    pieces[piece_of[index]].last_step = std::max(pieces[piece_of[index]].last_step, buffer.last_step);
  }
  return pieces;
}

bool live_together(const Piece& a, const Piece& b) {
  return a.dtype == b.dtype && a.first_step <= b.last_step && b.first_step <= a.last_step;
}

// Each piece at the lowest place that is free while it lives. Returns how far the pieces reach, by dtype.
std::array<std::int64_t, 2> place_in_order(std::vector<Piece>& pieces) {
  std::array<std::int64_t, 2> reach{};
  std::vector<const Piece*> placed;  // by offset
  for (Piece& piece : pieces) {
    for (const Piece* other : placed) {
      if (!live_together(piece, *other)) continue;
      if (piece.offset + piece.size <= other->offset) break;
      piece.offset = std::max(piece.offset, other->offset + other->size);
    }
    const auto after =
        std::find_if(placed.begin(), placed.end(), [&](const Piece* other) { return other->offset > piece.offset; });
    placed.insert(after, &piece);
    std::int64_t& end = reach[static_cast<std::size_t>(piece.dtype)];
    end = std::max(end, piece.offset + piece.size);
  }
  return reach;
}

// The best of several orders: finding the least memory is a packing problem.
void place(LoopProgram& program, std::vector<Piece>& pieces) {
  const auto by_time = [](const Piece& /*a*/, const Piece& /*b*/) { return false; };  // as they are
  const auto by_size = [](const Piece& a, const Piece& b) { return a.size > b.size; };
  const auto by_duration = [](const Piece& a, const Piece& b) {
    return a.last_step - a.first_step > b.last_step - b.first_step;
  };
  const auto attempt = [&](auto before) {
    std::vector<Piece> tried = pieces;
    std::stable_sort(tried.begin(), tried.end(), before);
    const std::array<std::int64_t, 2> reach = place_in_order(tried);
    return std::pair{reach[0] * 4 + reach[1] * 8, std::pair{reach, std::move(tried)}};
  };
  auto best = attempt(by_size);
  for (auto other : {attempt(by_time), attempt(by_duration)}) {
    if (other.first < best.first) best = std::move(other);
  }
  program.arena = best.second.first;
  pieces = std::move(best.second.second);
}

}  // namespace

void assign_memory(LoopProgram& program) {
  find_lifetimes(program);
  for (std::size_t k = 0; k < program.steps.size(); ++k) {
    if (const Loop* loop = std::get_if<Loop>(&program.steps[k]))
      overwrite_in_place(program, *loop, static_cast<int>(k));
  }
  std::vector<Piece> pieces = pieces_of(program);
  place(program, pieces);
  for (const Piece& piece : pieces) {
    for (const int buffer : piece.buffers) program.buffer(buffer).offset = piece.offset;
  }
  for (int step = 0; step < static_cast<int>(program.steps.size()); ++step) {
    std::int64_t live = 0;
    for (const Piece& piece : pieces) {
      if (piece.first_step <= step && step <= piece.last_step) {
        live += piece.size * static_cast<std::int64_t>(size_of(piece.dtype));
      }
    }
    program.live_bytes = std::max(program.live_bytes, live);
  }
}

}  // namespace chalktape::engine
