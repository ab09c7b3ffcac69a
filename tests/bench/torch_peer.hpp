// PyTorch's eager autograd on the same atomic ops, as a peer for the benchmarks. A translation unit of its own:
// libtorch's headers stay out of the others.
#pragma once

#include <cstdint>
#include <memory>

namespace torch_peer {

/// Forward and backward of batch norm over n×d numbers, f32. The arrays must outlive the peer.
class BatchNorm {
 public:
  BatchNorm(std::int64_t n, std::int64_t d, const float* x, const float* gamma, const float* beta, const float* dy,
            double eps, int threads);
  ~BatchNorm();
  void run();

 private:
  struct Tensors;
  std::unique_ptr<Tensors> tensors_;
  double eps_;
  int threads_;
};

/// The benchmark's chain of 20 ops on n numbers, recorded and differentiated.
class ChainOfTwenty {
 public:
  ChainOfTwenty(std::int64_t n, const float* a, const float* b, const float* upstream);
  ~ChainOfTwenty();
  void run();

 private:
  struct Tensors;
  std::unique_ptr<Tensors> tensors_;
};

}  // namespace torch_peer
