// The tape's two sweeps, every rounded result a little off: what rounding does to gradients, seen from outside.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// A pseudo-random number in [1, 2) for every entry of every node: the same where entries come from the same numbers by
/// the same ops, so that they are equal whatever the rounding; another one where they may be equal by chance.
[[nodiscard]] std::vector<engine::Tensor> fingerprints(const engine::Tape& tape);

/// Whether the op has a kink or a jump, on either side of which its derivative is another: max, relu, step, …
[[nodiscard]] bool has_kink(const engine::Op& op);

class NoisySweep {
 public:
  struct Noise {
    double amplitude = 0;  ///< relative, of each result; of a sum, relative to what adding its terms up may cost
    std::uint64_t seed = 0;
  };
  /// Sweeps forward over a tape in f64, which must outlive the sweep, as must `fingerprints`. Where `sides` is given,
  /// kinks are taken on the side on which they are there.
  NoisySweep(const engine::Tape& tape, const std::vector<engine::Tensor>& fingerprints, Noise noise,
             const NoisySweep* sides = nullptr);

  /// The gradients by node. One sweep each time.
  [[nodiscard]] std::map<engine::NodeId, engine::Tensor> backward(const Forward& forward) const;

  /// The first node with a kink of which some entry is on another side than there.
  [[nodiscard]] std::optional<engine::NodeId> differing_side(const NoisySweep& other) const;

 private:
  [[nodiscard]] std::vector<engine::Tensor> operand_values(engine::NodeId node) const;
  [[nodiscard]] engine::Tensor computed(engine::NodeId node) const;
  [[nodiscard]] engine::Tensor pulled_back(engine::NodeId node, const engine::Tensor& g, int position) const;
  [[nodiscard]] engine::Tensor contribution(engine::NodeId node, const engine::Tensor& g, int position) const;
  [[nodiscard]] engine::Tensor noisy(const engine::Tensor& x, const engine::Tensor& scale,
                                     const engine::Tensor& identity, std::uint64_t salt) const;

  const engine::Tape& tape_;
  const std::vector<engine::Tensor>& fingerprints_;
  Noise noise_;
  const NoisySweep* sides_;
  std::vector<engine::Tensor> values_;
};

}  // namespace chalktape::roads
