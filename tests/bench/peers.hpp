// Batch norm and layer norm by other libraries, as peers for the benchmarks. Each library's headers stay in a
// translation unit of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace chalktape::bench {

/// A layer and its numbers; they must outlive the peers. Arrays are packed N×D, D for gamma and beta; of float, or of
/// double where `is_double`.
struct NormData {
  bool is_layer_norm = false, is_double = false;
  std::int64_t n = 0, d = 0;
  const void *x = nullptr, *dy = nullptr, *gamma = nullptr, *beta = nullptr;
  double eps = 0;
  int threads = 1;
};

/// One way to run it. backward uses what one forward has saved before.
struct Peer {
  std::string name;
  std::function<void()> forward, backward;
  /// The results of the last runs, N×D.
  std::function<const void*()> y, dx;
  /// D; they need not be there.
  std::function<const void*()> dgamma = {}, dbeta = {};
};

/// PyTorch's native_batch_norm and native_layer_norm with their backwards; batch norm also on four axes, NHWC.
[[nodiscard]] std::vector<Peer> torch_norms(const NormData& data);
/// oneDNN's batch norm, f32, on four axes with NHWC strides, the N rows lying along one axis or another.
[[nodiscard]] std::vector<Peer> dnnl_norms(const NormData& data);

}  // namespace chalktape::bench
