#include "engine/plan/schedule.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "engine/plan/fusion.hpp"

namespace chalktape::engine {

namespace {

using Kind = FusedValue::Kind;

// A tile of one operand: several fit into the first-level cache together.
constexpr std::int64_t kTileBytes = 4096;
constexpr std::int64_t kLineElements = 16;

// What streaming an entry through memory costs, as a multiple of adding two in the cache; writing fetches first.
constexpr double kReadCost = 4;
constexpr double kWriteCost = 8;

// A loop to be: its values are over the same indices and become ready at the same stage.
struct LoopKey {
  int stage = 0;
  Shape space;
  DType dtype = DType::f64;
  bool operator==(const LoopKey&) const = default;
  bool operator<(const LoopKey& other) const {
    return std::tie(stage, space, dtype) < std::tie(other.stage, other.space, other.dtype);
  }
};

// A value is an anchor if it is computed in one loop only, a floating one wherever it is read. Reductions and stored
// values are anchors.
class Scheduler {
 public:
  Scheduler(const Tape& tape, std::span<const NodeId> inputs, std::span<const NodeId> outputs, const RowLimits& rows)
      : graph_(tape.graph()), inputs_(inputs.begin(), inputs.end()), outputs_(outputs.begin(), outputs.end()) {
    require_inputs();
    values_ = analyse_fusion(graph_, inputs_, outputs_, rows);
  }

  LoopProgram run() {
    place_anchors();
    choose_stored();
    store_what_crosses_loops();
    make_buffers();
    make_steps();
    assign_memory(program_);
    return std::move(program_);
  }

 private:
  void require_inputs() const {
    const auto require_node = [&](NodeId node) {
      if (node >= boost::num_vertices(graph_)) throw Error(fmt::format("plan: there is no node {}", node));
    };
    std::set<NodeId> seen;
    for (const NodeId input : inputs_) {
      require_node(input);
      const std::string name = display_name(graph_, input);
      if (!seen.insert(input).second) throw Error(fmt::format("plan: input '{}' is given twice", name));
    }
    std::for_each(outputs_.begin(), outputs_.end(), require_node);
  }

  [[nodiscard]] bool is_anchor(NodeId node) const {
    return values_[node].stored || values_[node].kind == Kind::reduce || values_[node].kind == Kind::call;
  }
  [[nodiscard]] LoopKey key_at(NodeId node, int stage) const {
    return {stage, values_[node].space, graph_[node].dtype};
  }

  // Each anchor goes to a stage between the first at which it can be computed and the last at which it must be: where
  // the memory that it reads is read anyway. A second sweep knows the loops of anchors that the first came to later.
  void place_anchors() {
    home_.assign(values_.size(), -1);
    const std::vector<std::set<NodeId>> streams = streams_of_values();
    LoopStreams streams_of_loops;
    sweep_anchors(streams, streams_of_loops);
    sweep_anchors(streams, streams_of_loops);
    for (NodeId node = 0; node < values_.size(); ++node) {
      if (is_placed(node) && values_[node].kind != Kind::call) anchors_[key_at(node, home_[node])].push_back(node);
    }
  }

  // How many anchors of a loop read each stream.
  using LoopStreams = std::map<LoopKey, std::map<NodeId, int>>;

  [[nodiscard]] bool is_placed(NodeId node) const { return home_[node] >= 0; }

  void sweep_anchors(const std::vector<std::set<NodeId>>& streams, LoopStreams& streams_of_loops) {
    std::vector<int> latest(values_.size(), std::numeric_limits<int>::max());
    for (NodeId node = values_.size(); node-- > 0;) {
      const FusedValue& value = values_[node];
      if (value.kind == Kind::unneeded || value.kind == Kind::leaf || value.kind == Kind::view) continue;
      int limit = latest[node];
      if (value.kind == Kind::call) {
        limit = home_[node] = value.stage;
      } else if (is_anchor(node)) {
        if (is_placed(node)) leave_loop(streams[node], streams_of_loops, key_at(node, home_[node]));
        limit = home_[node] = best_stage(node, latest[node], streams[node], streams_of_loops);
        std::map<NodeId, int>& others = streams_of_loops[key_at(node, limit)];
        for (const NodeId stream : streams[node]) ++others[stream];
      }
      for (const FusedValue::Use& use : value.uses) {
        latest[use.base] = std::min(latest[use.base], use.fused ? limit : limit - 1);
      }
    }
  }

  static void leave_loop(const std::set<NodeId>& streams, LoopStreams& streams_of_loops, const LoopKey& key) {
    std::map<NodeId, int>& others = streams_of_loops[key];
    for (const NodeId stream : streams) {
      if (--others[stream] == 0) others.erase(stream);
    }
  }

  // The first stage up to `latest` whose loop reads most of the memory that the value reads.
  [[nodiscard]] int best_stage(NodeId node, int latest, const std::set<NodeId>& streams,
                               const LoopStreams& streams_of_loops) const {
    int best = values_[node].stage;
    std::ptrdiff_t most = 0;
    for (auto loop = streams_of_loops.lower_bound(key_at(node, best)); loop != streams_of_loops.end(); ++loop) {
      const auto& [key, others] = *loop;
      if (key.stage > latest || key != key_at(node, key.stage)) continue;
      const auto shared = std::count_if(streams.begin(), streams.end(),
                                        [&, &reads = others](NodeId stream) { return reads.contains(stream); });
      if (shared <= most) continue;
      most = shared;
      best = key.stage;
    }
    return best;
  }

  // The memory of the loop's own size that computing a value reads.
  [[nodiscard]] std::vector<std::set<NodeId>> streams_of_values() const {
    std::vector<std::set<NodeId>> streams(values_.size());
    for (NodeId node = 0; node < values_.size(); ++node) {
      for (const FusedValue::Use& use : values_[node].uses) {
        if (use.fused) {
          streams[node].insert(streams[use.base].begin(), streams[use.base].end());
        } else if (fraction_of_space(use.base, values_[node].space) > 0.5) {
          streams[node].insert(use.base);
        }
      }
    }
    return streams;
  }

  [[nodiscard]] double fraction_of_space(NodeId node, const Shape& space) const {
    return static_cast<double>(element_count(graph_[node].shape)) / static_cast<double>(extent_product(space, 0));
  }

  // Whether the loop computes this operand of one of its values; if not, it reads it from memory.
  [[nodiscard]] bool computes(const LoopKey& key, const FusedValue::Use& use) const {
    return use.fused && (home_[use.base] < 0 || home_[use.base] == key.stage);
  }

  // All values that the loop computes, operands first.
  [[nodiscard]] std::set<NodeId> values_in(const LoopKey& key) const {
    const std::vector<NodeId>& anchors = anchors_.at(key);
    std::set<NodeId> found(anchors.begin(), anchors.end());
    for (auto node = found.rbegin(); node != found.rend(); ++node) {
      for (const FusedValue::Use& use : values_[*node].uses) {
        if (computes(key, use)) found.insert(use.base);  // before the node: still to be visited
      }
    }
    return found;
  }

  // How many values of a loop read each value that it computes, and each that it reads from memory.
  struct Readers {
    std::map<NodeId, int> computed, loaded;
  };

  [[nodiscard]] Readers readers_in(const LoopKey& key) const {
    Readers readers;
    for (const NodeId node : values_in(key)) {
      readers.computed.emplace(node, 0);
      for (const FusedValue::Use& use : values_[node].uses) {
        ++(computes(key, use) ? readers.computed : readers.loaded)[use.base];
      }
    }
    return readers;
  }

  // Floating values that several loops read are stored by the first where that is cheaper than to compute them anew.
  void choose_stored() {
    std::map<LoopKey, Readers> loops;
    std::map<NodeId, std::vector<LoopKey>> loops_of;
    for (const auto& [key, anchors] : anchors_) {
      loops[key] = readers_in(key);
      for (const auto& [node, count] : loops[key].computed) {
        if (!is_anchor(node)) loops_of[node].push_back(key);
      }
    }
    for (auto& [node, keys] : loops_of) {
      std::erase_if(keys, [&, node = node](const LoopKey& key) { return !loops[key].computed.contains(node); });
      if (keys.size() < 2) continue;
      const double size = fraction_of_space(node, keys.front().space);
      double gain = -kWriteCost * size;
      std::vector<Readers> after;
      for (std::size_t k = 1; k < keys.size(); ++k) {
        after.emplace_back();
        gain += saved_by_loading(node, keys[k], loops[keys[k]], after.back()) - kReadCost * size;
      }
      if (gain <= 0) continue;
      values_[node].stored = true;
      home_[node] = keys.front().stage;
      for (std::size_t k = 1; k < keys.size(); ++k) apply(after[k - 1], loops[keys[k]]);
    }
  }

  // What a loop need not compute or read, per index tuple, if it reads the value from memory. `after` becomes the
  // counts that change.
  double saved_by_loading(NodeId loaded, const LoopKey& key, const Readers& before, Readers& after) const {
    double saved = 0;
    std::vector<NodeId> unread{loaded};
    after.computed[loaded] = 0;
    while (!unread.empty()) {
      const NodeId node = unread.back();
      unread.pop_back();
      const auto depth = static_cast<std::size_t>(values_[node].depth);
      saved += graph_[node].op->cost / static_cast<double>(extent_product(key.space, depth));
      for (const FusedValue::Use& use : values_[node].uses) {
        const bool computed = computes(key, use);
        auto& counts = computed ? after.computed : after.loaded;
        const int left =
            --counts.emplace(use.base, (computed ? before.computed : before.loaded).at(use.base)).first->second;
        if (left > 0) continue;
        if (!computed) saved += kReadCost * fraction_of_space(use.base, key.space);
        if (computed && !is_anchor(use.base)) unread.push_back(use.base);
      }
    }
    after.loaded[loaded] = before.computed.at(loaded);
    return saved;
  }

  static void apply(const Readers& changes, Readers& readers) {
    for (const auto& [node, count] : changes.computed) readers.computed[node] = count;
    std::erase_if(readers.computed,
                  [&](const auto& entry) { return entry.second == 0 && changes.computed.contains(entry.first); });
    for (const auto& [node, count] : changes.loaded) readers.loaded[node] = count;
  }

  void store_what_crosses_loops() {
    for (const auto& [key, anchors] : anchors_) {
      for (const NodeId node : values_in(key)) {
        for (const FusedValue::Use& use : values_[node].uses) {
          if (!computes(key, use)) values_[use.base].stored = true;
        }
      }
    }
  }

  void make_buffers() {
    buffer_of_.assign(values_.size(), -1);
    for (const NodeId input : inputs_) program_.inputs.push_back(make_buffer(input, Buffer::Role::input));
    for (const NodeId output : outputs_) {
      if (buffer_of_[output] < 0) make_buffer(output, Buffer::Role::output);
      program_.outputs.push_back(buffer_of_[output]);
    }
    for (NodeId node = 0; node < values_.size(); ++node) {
      const FusedValue& value = values_[node];
      if (buffer_of_[node] >= 0 || !value.stored || value.kind == Kind::unneeded) continue;
      make_buffer(node, value.kind == Kind::leaf ? Buffer::Role::constant : Buffer::Role::temporary);
    }
  }

  int make_buffer(NodeId node, Buffer::Role role) {
    Buffer buffer;
    buffer.role = role;
    buffer.node = node;
    buffer.name = display_name(graph_, node);
    buffer.shape = graph_[node].shape;
    buffer.dtype = graph_[node].dtype;
    program_.buffers.push_back(std::move(buffer));
    return buffer_of_[node] = static_cast<int>(program_.buffers.size()) - 1;
  }

  void make_steps() {
    std::multimap<int, Step> steps;  // by stage
    for (NodeId node = 0; node < values_.size(); ++node) {
      if (values_[node].kind == Kind::call) steps.emplace(home_[node], make_call(node));
    }
    std::map<Shape, bool> backwards;
    for (const auto& [key, anchors] : anchors_) {
      Loop loop = make_loop(key);
      bool& direction = backwards[key.space];
      loop.backwards = std::exchange(direction, !direction);
      steps.emplace(key.stage, std::move(loop));
    }
    for (auto& [stage, step] : steps) program_.steps.push_back(std::move(step));
  }

  Call make_call(NodeId node) const {
    Call call{graph_[node].op, graph_[node].attributes, node, {}, {}, buffer_of_[node]};
    for (const NodeId operand : operands_of(graph_, node)) call.shapes.push_back(graph_[operand].shape);
    for (const FusedValue::Use& use : values_[node].uses) call.operands.push_back({buffer_of_[use.base], use.strides});
    return call;
  }

  Loop make_loop(const LoopKey& key) const {
    Loop loop;
    loop.extents = key.space;
    loop.dtype = key.dtype;
    std::map<NodeId, int> numbers;
    std::int64_t longest_row = 1;
    for (const NodeId node : values_in(key)) {
      const FusedValue& value = values_[node];
      Statement statement;
      statement.op = graph_[node].op;
      statement.attributes = graph_[node].attributes;
      statement.node = node;
      statement.depth = value.depth;
      statement.result_depth = value.result_depth;
      statement.accumulates = value.kind == Kind::reduce && !value.in_tile;
      statement.strides = value.result_strides;
      if (value.stored) statement.buffer = buffer_of_[node];
      for (const FusedValue::Use& use : value.uses) {
        if (computes(key, use)) {
          statement.operands.emplace_back(numbers.at(use.base));
        } else {
          statement.operands.emplace_back(Access{buffer_of_[use.base], use.strides});
        }
      }
      if (!statement.accumulates) {  // its result stands for a row, which must lie in one tile
        longest_row = std::max(longest_row, extent_product(key.space, static_cast<std::size_t>(value.result_depth)));
      }
      numbers[node] = static_cast<int>(loop.body.size());
      loop.body.push_back(std::move(statement));
    }
    choose_tile(loop, longest_row);
    return loop;
  }

  // As many whole rows as a tile takes; at least one of the rows that are reduced in it.
  static void choose_tile(Loop& loop, std::int64_t longest_row) {
    if (loop.extents.empty()) return;
    const std::int64_t most = kTileBytes / static_cast<std::int64_t>(size_of(loop.dtype));
    std::size_t first = 0;  // axes from here on lie within a tile
    while (extent_product(loop.extents, first) > std::max(most, longest_row)) ++first;
    if (first == 0) {
      loop.tile_length = loop.extents[0];
      return;
    }
    loop.tile_axis = static_cast<int>(first) - 1;
    const std::int64_t length = loop.extents[first - 1];
    const std::int64_t row = extent_product(loop.extents, first);
    const std::int64_t whole_lines = kLineElements / std::gcd(row, kLineElements);
    std::int64_t steps = std::max<std::int64_t>(1, most / row);
    if (row == 1) {  // parts of a row: even ones
      const std::int64_t parts = (length + steps - 1) / steps;
      steps = ((length + parts - 1) / parts + whole_lines - 1) / whole_lines * whole_lines;
    } else if (steps > whole_lines) {
      steps = steps / whole_lines * whole_lines;
    }
    loop.tile_length = std::min(steps, length);
  }

  Graph graph_;
  std::vector<NodeId> inputs_, outputs_;
  std::vector<FusedValue> values_;
  std::vector<int> home_;  // the stage of anchors, −1 for floating values
  std::map<LoopKey, std::vector<NodeId>> anchors_;
  std::vector<int> buffer_of_;
  LoopProgram program_;
};

}  // namespace

LoopProgram schedule(const Tape& tape, std::span<const NodeId> inputs, std::span<const NodeId> outputs,
                     const RowLimits& rows) {
  return Scheduler(tape, inputs, outputs, rows).run();
}

}  // namespace chalktape::engine
