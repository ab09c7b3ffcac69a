#include "tests/bench/torch_peer.hpp"

#include <vector>

#include <torch/torch.h>

namespace torch_peer {

namespace {

at::Tensor over(const float* data, at::IntArrayRef shape, bool differentiable) {
  at::Tensor tensor = at::from_blob(const_cast<float*>(data), shape, at::TensorOptions().dtype(at::kFloat));
  return differentiable ? tensor.requires_grad_() : tensor;
}

// Setting it anew, though to the same number, costs milliseconds.
void use_threads(int count) {
  if (at::get_num_threads() != count) at::set_num_threads(count);
}

}  // namespace

struct BatchNorm::Tensors {
  at::Tensor x, gamma, beta, dy, y;
  std::vector<at::Tensor> gradients;
};

BatchNorm::BatchNorm(std::int64_t n, std::int64_t d, const float* x, const float* gamma, const float* beta,
                     const float* dy, double eps, int threads)
    : tensors_(std::make_unique<Tensors>()), eps_(eps), threads_(threads) {
  *tensors_ = {over(x, {n, d}, true), over(gamma, {d}, true), over(beta, {d}, true), over(dy, {n, d}, false), {}, {}};
}

BatchNorm::~BatchNorm() = default;

void BatchNorm::run() {
  Tensors& t = *tensors_;
  use_threads(threads_);
  t.gradients.clear();
  const at::Tensor mu = t.x.mean(0);
  const at::Tensor centred = t.x - mu;
  const at::Tensor var = (centred * centred).mean(0);
  const at::Tensor istd = (var + eps_).sqrt().reciprocal();
  t.y = centred * istd * t.gamma + t.beta;
  t.gradients = torch::autograd::grad({t.y}, {t.x, t.gamma, t.beta}, {t.dy});
}

struct ChainOfTwenty::Tensors {
  at::Tensor a, b, upstream;
};

ChainOfTwenty::ChainOfTwenty(std::int64_t n, const float* a, const float* b, const float* upstream)
    : tensors_(std::make_unique<Tensors>()) {
  *tensors_ = {over(a, {n}, true), over(b, {n}, true), over(upstream, {n}, false)};
}

ChainOfTwenty::~ChainOfTwenty() = default;

void ChainOfTwenty::run() {
  use_threads(1);
  at::Tensor v = tensors_->a;
  for (int k = 0; k < 5; ++k) v = (v * tensors_->b + tensors_->a).tanh() - tensors_->b;
  torch::autograd::grad({v}, {tensors_->a, tensors_->b}, {tensors_->upstream});
}

}  // namespace torch_peer
