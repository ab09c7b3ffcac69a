#include <array>
#include <memory>

#include <torch/torch.h>

#include "tests/bench/peers.hpp"

namespace chalktape::bench {

namespace {

// Setting it anew, though to the same number, costs milliseconds.
void use_threads(int count) {
  if (at::get_num_threads() != count) at::set_num_threads(count);
}

struct Layer {
  NormData data;
  at::Tensor x, dy, gamma, beta;
  at::Tensor y, mean, istd, dx, dgamma, dbeta;
  bool on_four_axes = false;

  Layer(const NormData& of, bool four) : data(of), on_four_axes(four) {
    const auto options = at::TensorOptions().dtype(of.is_double ? at::kDouble : at::kFloat);
    const auto tensor = [&](const void* numbers, at::IntArrayRef shape) {
      return at::from_blob(const_cast<void*>(numbers), shape, options);
    };
    x = tensor(of.x, {of.n, of.d});
    dy = tensor(of.dy, {of.n, of.d});
    if (four) {
      const auto nhwc = [&](const at::Tensor& t) {
        return t.as_strided({1, of.d, of.n, 1}, {of.n * of.d, 1, of.d, of.d});
      };
      x = nhwc(x);
      dy = nhwc(dy);
    }
    gamma = tensor(of.gamma, {of.d});
    beta = tensor(of.beta, {of.d});
  }

  void forward() {
    at::NoGradGuard guard;
    use_threads(data.threads);
    y = mean = istd = at::Tensor();  // so that their memory can be reused
    std::tie(y, mean, istd) = data.is_layer_norm ? at::native_layer_norm(x, {data.d}, gamma, beta, data.eps)
                                                 : at::native_batch_norm(x, gamma, beta, {}, {}, true, 0.1, data.eps);
  }
  void backward() {
    at::NoGradGuard guard;
    use_threads(data.threads);
    dx = dgamma = dbeta = at::Tensor();
    std::tie(dx, dgamma, dbeta) =
        data.is_layer_norm
            ? at::native_layer_norm_backward(dy, x, {data.d}, mean, istd, gamma, beta, {true, true, true})
            : at::native_batch_norm_backward(dy, x, gamma, {}, {}, mean, istd, true, data.eps, {true, true, true});
  }
  [[nodiscard]] const void* packed(const at::Tensor& t) const {
    return on_four_axes ? t.permute({0, 2, 3, 1}).is_contiguous() ? t.data_ptr() : nullptr : t.data_ptr();
  }
};

}  // namespace

std::vector<Peer> torch_norms(const NormData& data) {
  std::vector<Peer> peers;
  for (const bool four : {false, true}) {
    if (four && data.is_layer_norm) break;
    auto layer = std::make_shared<Layer>(data, four);
    peers.push_back({four ? "PyTorch, NHWC" : "PyTorch", [layer] { layer->forward(); }, [layer] { layer->backward(); },
                     [layer] { return layer->packed(layer->y); }, [layer] { return layer->packed(layer->dx); },
                     [layer] { return layer->dgamma.data_ptr(); }, [layer] { return layer->dbeta.data_ptr(); }});
  }
  return peers;
}

}  // namespace chalktape::bench
