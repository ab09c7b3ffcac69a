// From a loop's statements to instructions on tiles.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "engine/plan/interpreter.hpp"

namespace chalktape::engine {

namespace {

// Work is cut into parts of about this many entries, at most so many: the cut, and so the result, does not depend on
// the number of threads.
constexpr std::int64_t kPartEntries = 16384;
constexpr std::int64_t kMostParts = 16;
// So many entries are added in the dtype before their sum goes into a double.
constexpr std::int64_t kFlushRows = 64;

// Streams longer than this many bytes will not all be in the second-level cache.
constexpr std::int64_t kPrefetchFrom = 1 << 20;

std::size_t whole_lines(std::int64_t bytes) { return (static_cast<std::size_t>(bytes) + 63) / 64 * 64; }

// The period of an access that varies along the last axes only, in order: how many entries these have.
std::optional<std::int64_t> period_of(const Strides& strides, const Shape& extents) {
  const std::size_t depth = strides.size();
  for (std::size_t first = 0; first <= depth; ++first) {
    if (strides == strides_within(extents, first, depth, depth)) return extent_product(extents, first, depth);
  }
  return std::nullopt;
}

}  // namespace

class LoopInterpreter::Lowering {
 public:
  Lowering(LoopInterpreter& target, const LoopProgram& program, const Loop& loop)
      : to_(target), program_(program), loop_(loop), element_(static_cast<std::int64_t>(size_of(loop.dtype))) {
    choose_geometry();
    for (const Statement& statement : loop.body) {
      for (const Operand& operand : statement.operands) {
        if (const int* value = std::get_if<int>(&operand)) ++uses_[*value];
      }
    }
    for (std::size_t k = 0; k < loop.body.size(); ++k) lower(static_cast<int>(k));
    allocate_slots();
    allocate_accumulators();
    to_.shared_bytes_ = shared_;
    to_.pointer_bytes_ = whole_lines(static_cast<std::int64_t>(to_.places_.size() * 2 * sizeof(void*)));
    to_.thread_bytes_ = to_.pointer_bytes_ + thread_;
    std::set<int> streamed;
    for (std::size_t k = 0; k < to_.places_.size(); ++k) {
      const Place& place = to_.places_[k];
      if (place.moves) to_.moving_.push_back(static_cast<int>(k));
      if (!place.moves || place.divisor != 1 || place.period != 0) continue;
      streamed.insert(place.buffer);
      if (!streamed.contains(program_.buffer(place.buffer).in_place_of)) to_.streams_.push_back(static_cast<int>(k));
    }
    if (to_.tiles_ * to_.length_ * element_ > kPrefetchFrom) {
      const auto instructions = static_cast<std::int64_t>(to_.instructions_.size());
      to_.prefetched_bytes_ =
          static_cast<std::int64_t>(whole_lines((to_.length_ * element_ + instructions - 1) / instructions));
    }
  }

 private:
  using Kind = Instruction::Kind;

  void choose_geometry() {
    const Shape& extents = loop_.extents;
    const auto axis = static_cast<std::size_t>(loop_.tile_axis);
    inner_ = extent_product(extents, axis + 1);
    const std::int64_t entries = extent_product(extents, 0);
    to_.block_ = extent_product(extents, axis);
    to_.length_ = loop_.tile_length * inner_;
    to_.tiles_in_block_ = (to_.block_ + to_.length_ - 1) / to_.length_;
    to_.tiles_ = entries / to_.block_ * to_.tiles_in_block_;
    std::int64_t parts = std::clamp<std::int64_t>(entries / kPartEntries, 1, std::min(kMostParts, to_.tiles_));
    for (const Statement& statement : loop_.body) {  // partial results must stay small beside what they are of
      if (statement.accumulates) parts = std::min(parts, entries / (8 * result_size(statement)));
    }
    to_.parts_ = static_cast<int>(std::max<std::int64_t>(1, parts));
  }

  [[nodiscard]] std::int64_t result_size(const Statement& statement) const {
    return element_count(program_.buffer(statement.buffer).shape);
  }
  [[nodiscard]] std::int64_t divisor(int depth) const {
    return extent_product(loop_.extents, static_cast<std::size_t>(depth));
  }
  [[nodiscard]] std::int64_t tile_entries(int depth) const { return to_.length_ / divisor(depth); }

  int add(const Place& place) {
    to_.places_.push_back(place);
    return static_cast<int>(to_.places_.size()) - 1;
  }
  // A place in scratch memory that lives from the instruction that writes it to the last that reads it.
  int add_slot(int depth) {
    const int place = add({.divisor = divisor(depth)});
    slot_bytes_[place] = whole_lines(tile_entries(depth) * element_);
    return place;
  }

  void lower(int number) {
    const Statement& statement = loop_.body[static_cast<std::size_t>(number)];
    if (statement.accumulates) {
      const int* value = std::get_if<int>(&statement.operands.front());
      if (value == nullptr || direct_sum_of(*value) == nullptr) lower_accumulation(statement, nullptr);
      return;
    }
    if (const Statement* sum = direct_sum_of(number)) return lower_accumulation(*sum, &statement);
    Instruction instruction;
    if (!statement.op->tiles[0].map) {
      instruction = row_instruction(statement);
    } else {
      instruction = map_instruction(statement);
    }
    instruction.y = statement.buffer >= 0
                        ? add({.buffer = statement.buffer, .moves = true, .divisor = divisor(statement.result_depth)})
                        : add_slot(statement.result_depth);
    to_.instructions_.push_back(instruction);
    values_[{number, statement.result_depth}] = instruction.y;
  }

  Instruction map_instruction(const Statement& statement) {
    Instruction instruction;
    instruction.map = statement.op->tiles[type()].map;
    if (const auto* c = std::get_if<ConstantExponent>(&statement.attributes)) instruction.exponent = c->exponent;
    instruction.divisor = divisor(statement.depth);
    instruction.a = operand(statement.operands[0], statement.depth);
    instruction.b = statement.operands.size() > 1 ? operand(statement.operands[1], statement.depth) : instruction.a;
    return instruction;
  }

  Instruction row_instruction(const Statement& statement) {
    Instruction instruction;
    instruction.kind = Kind::row;
    instruction.reduction = &statement.op->reducing[type()];
    instruction.divisor = divisor(statement.result_depth);
    instruction.row = divisor(statement.result_depth) / divisor(statement.depth);
    instruction.a = instruction.b = operand(statement.operands[0], statement.depth);
    return instruction;
  }

  // The sum over tiles that alone reads a value: the value is added to it as it is computed.
  [[nodiscard]] const Statement* direct_sum_of(int number) const {
    const Statement& value = loop_.body[static_cast<std::size_t>(number)];
    if (value.buffer >= 0 || !value.op->tiles[0].map || uses_.at(number) != 1) return nullptr;
    const auto reader = std::find_if(loop_.body.begin(), loop_.body.end(), [&](const Statement& statement) {
      return std::find(statement.operands.begin(), statement.operands.end(), Operand(number)) !=
             statement.operands.end();
    });
    const bool fits = reader->accumulates && reader->depth == value.depth && reader->op->reducing[0].is_sum &&
                      period_of(reader->strides, loop_.extents).has_value();
    return fits ? &*reader : nullptr;
  }

  // `added`: the statement of the value that is added as it is computed, if so.
  void lower_accumulation(const Statement& statement, const Statement* added) {
    Accumulator accumulator;
    accumulator.reduction = &statement.op->reducing[type()];
    accumulator.wide = &statement.op->reducing[1];
    accumulator.buffer = statement.buffer;
    accumulator.size = accumulator.width = result_size(statement);
    const std::int64_t entries = extent_product(loop_.extents, 0, static_cast<std::size_t>(statement.depth));
    const std::int64_t entries_of_one = entries / accumulator.size;
    accumulator.count = static_cast<double>(entries_of_one);
    Instruction instruction;
    if (period_of(statement.strides, loop_.extents)) {
      if (added != nullptr) {
        instruction = map_instruction(*added);
        instruction.map = added->op->tiles[type()].add_to;
      } else {
        instruction.map = accumulator.reduction->combine;
        instruction.a = instruction.b = operand(statement.operands[0], statement.depth);
        instruction.divisor = divisor(statement.depth);
      }
      const std::int64_t in_tile = tile_entries(statement.depth);
      Place place{.divisor = divisor(statement.depth)};
      if (accumulator.size > in_tile) {
        place.moves = true;
        place.period = accumulator.size * place.divisor;
      } else {
        accumulator.width = in_tile;
      }
      to_.flush_tiles_ = std::max(to_.flush_tiles_, kFlushRows * ((accumulator.width + in_tile - 1) / in_tile));
      accumulator.place = instruction.y = add(place);
    } else {
      instruction.kind = Kind::scatter;
      instruction.reduction = accumulator.reduction;
      instruction.a = instruction.b = operand(statement.operands[0], statement.depth);
      instruction.divisor = divisor(statement.depth);
      instruction.accumulator = static_cast<int>(to_.accumulators_.size());
      set_axes(instruction, statement.strides);
    }
    to_.instructions_.push_back(instruction);
    to_.accumulators_.push_back(accumulator);
  }

  int operand(const Operand& operand, int depth) {
    if (const Access* access = std::get_if<Access>(&operand)) return read(*access, depth);
    const int number = std::get<int>(operand);
    const auto known = values_.find({number, depth});
    if (known != values_.end()) return known->second;
    const int coarse = loop_.body[static_cast<std::size_t>(number)].result_depth;
    Instruction instruction;
    instruction.kind = Kind::repeat;
    instruction.a = instruction.b = values_.at({number, coarse});
    instruction.divisor = divisor(coarse);
    instruction.row = divisor(coarse) / divisor(depth);
    instruction.y = add_slot(depth);
    to_.instructions_.push_back(instruction);
    return values_[{number, depth}] = instruction.y;
  }

  int read(const Access& access, int depth) {
    const auto key = std::pair{std::pair{access.buffer, depth}, access.strides};
    const auto known = reads_.find(key);
    if (known != reads_.end()) return known->second;
    const auto entries = extent_product(loop_.extents, 0, static_cast<std::size_t>(depth));
    const std::optional<std::int64_t> period = period_of(access.strides, loop_.extents);
    Place place{.buffer = access.buffer, .divisor = divisor(depth)};
    int result = 0;
    if (!period) {
      Instruction instruction;
      instruction.kind = Kind::gather;
      instruction.a = instruction.b = add(place);
      instruction.divisor = divisor(depth);
      set_axes(instruction, access.strides);
      result = instruction.y = add_slot(depth);
      to_.instructions_.push_back(instruction);
    } else if (*period == tile_entries(depth) || *period > tile_entries(depth)) {
      place.moves = *period > tile_entries(depth);
      place.period = *period == entries ? 0 : *period * place.divisor;
      result = add(place);
    } else {
      place.buffer = -1;
      place.shared = true;
      place.offset = shared_;
      to_.replicas_.push_back({access.buffer, *period, tile_entries(depth), shared_});
      shared_ += whole_lines(tile_entries(depth) * element_);
      result = add(place);
    }
    reads_[key] = result;
    return result;
  }

  void set_axes(Instruction& instruction, const Strides& strides) const {
    const auto tile_axis = static_cast<std::size_t>(loop_.tile_axis);
    instruction.row = inner_;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
      const Axis next{loop_.extents[axis], strides[axis]};
      std::vector<Axis>& axes = axis < tile_axis ? instruction.outer : instruction.inner;
      if (axis > tile_axis + 1 && axes.back().stride == next.stride * next.length) {
        axes.back() = {axes.back().length * next.length, next.stride};
      } else {
        axes.push_back(next);
      }
    }
  }

  // Slots are used again once their value has been read for the last time.
  void allocate_slots() {
    std::map<int, std::size_t> last;  // the instruction that uses a slot last
    for (std::size_t k = 0; k < to_.instructions_.size(); ++k) {
      for (const int place : places_of(to_.instructions_[k])) {
        if (slot_bytes_.contains(place)) last[place] = k;
      }
    }
    std::multimap<std::size_t, std::size_t> free;  // offsets by size
    for (std::size_t k = 0; k < to_.instructions_.size(); ++k) {
      const Instruction& instruction = to_.instructions_[k];
      const auto release = [&](int place) {
        const auto found = last.find(place);
        if (found == last.end() || found->second != k) return;
        free.emplace(slot_bytes_.at(place), to_.places_[static_cast<std::size_t>(place)].offset);
        last.erase(found);
      };
      const auto release_operands = [&] {
        release(instruction.a);
        release(instruction.b);
      };
      if (instruction.kind == Kind::map) release_operands();  // may write where it reads
      if (slot_bytes_.contains(instruction.y)) {
        const std::size_t bytes = slot_bytes_.at(instruction.y);
        Place& place = to_.places_[static_cast<std::size_t>(instruction.y)];
        const auto found = free.find(bytes);
        place.offset = found != free.end() ? found->second : thread_;
        if (found != free.end()) {
          free.erase(found);
        } else {
          thread_ += bytes;
        }
        release(instruction.y);  // if nobody reads it
      }
      release_operands();
    }
  }

  static std::array<int, 3> places_of(const Instruction& instruction) {
    return {instruction.a, instruction.b, instruction.y};
  }

  void allocate_accumulators() {
    for (Accumulator& accumulator : to_.accumulators_) {
      accumulator.totals = shared_;
      shared_ += whole_lines(accumulator.size * to_.parts_ * static_cast<std::int64_t>(sizeof(double)));
      if (accumulator.place < 0) continue;
      to_.places_[static_cast<std::size_t>(accumulator.place)].offset = thread_;
      thread_ += whole_lines(accumulator.width * element_);
    }
  }

  [[nodiscard]] std::size_t type() const { return static_cast<std::size_t>(loop_.dtype); }

  LoopInterpreter& to_;
  const LoopProgram& program_;
  const Loop& loop_;
  std::int64_t element_;
  std::int64_t inner_ = 1;  // entries of one step along the tile's axis
  std::map<int, int> uses_;
  std::map<std::pair<int, int>, int> values_;  // statement and depth → place
  std::map<std::pair<std::pair<int, int>, Strides>, int> reads_;
  std::map<int, std::size_t> slot_bytes_;
  std::size_t shared_ = 0, thread_ = 0;
};

LoopInterpreter::LoopInterpreter(const LoopProgram& program, const Loop& loop)
    : dtype_(loop.dtype), backwards_(loop.backwards) {
  Lowering(*this, program, loop);
}

}  // namespace chalktape::engine
