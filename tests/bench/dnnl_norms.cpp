#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include "tests/bench/peers.hpp"

namespace chalktape::bench {

namespace {

using dnnl::memory;

struct Layer {
  int threads;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  memory y, dx, dgamma, dbeta;
  dnnl::batch_normalization_forward forward;
  dnnl::batch_normalization_backward backward;
  std::unordered_map<int, memory> forward_arguments, backward_arguments;

  Layer(const NormData& data, const memory::dims& shape, const memory::dims& strides) : threads(data.threads) {
    using dnnl::normalization_flags;
    const memory::desc matrix(shape, memory::data_type::f32, strides);
    const memory::desc row({data.d}, memory::data_type::f32, memory::format_tag::a);
    const auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
    const auto eps = static_cast<float>(data.eps);
    const dnnl::batch_normalization_forward::primitive_desc forward_desc(
        {dnnl::prop_kind::forward_training, matrix, eps, flags}, engine);
    const dnnl::batch_normalization_backward::primitive_desc backward_desc(
        {dnnl::prop_kind::backward, matrix, matrix, eps, flags}, engine, forward_desc);
    forward = dnnl::batch_normalization_forward(forward_desc);
    backward = dnnl::batch_normalization_backward(backward_desc);
    const auto over = [&](const memory::desc& desc, const void* numbers) {
      return memory(desc, engine, const_cast<void*>(numbers));
    };
    y = memory(matrix, engine);
    dx = memory(matrix, engine);
    dgamma = memory(row, engine);
    dbeta = memory(row, engine);
    const memory x = over(matrix, data.x);
    const memory gamma = over(row, data.gamma);
    const memory mean(forward_desc.mean_desc(), engine);
    const memory variance(forward_desc.variance_desc(), engine);
    forward_arguments = {{DNNL_ARG_SRC, x},       {DNNL_ARG_DST, y},
                         {DNNL_ARG_MEAN, mean},   {DNNL_ARG_VARIANCE, variance},
                         {DNNL_ARG_SCALE, gamma}, {DNNL_ARG_SHIFT, over(row, data.beta)}};
    backward_arguments = {{DNNL_ARG_SRC, x},
                          {DNNL_ARG_MEAN, mean},
                          {DNNL_ARG_VARIANCE, variance},
                          {DNNL_ARG_DIFF_DST, over(matrix, data.dy)},
                          {DNNL_ARG_SCALE, gamma},
                          {DNNL_ARG_SHIFT, over(row, data.beta)},  // read by nobody, but asked for
                          {DNNL_ARG_DIFF_SRC, dx},
                          {DNNL_ARG_DIFF_SCALE, dgamma},
                          {DNNL_ARG_DIFF_SHIFT, dbeta}};
  }

  template <class Primitive>
  void run(Primitive& primitive, std::unordered_map<int, memory>& arguments) {
    omp_set_num_threads(threads);
    primitive.execute(stream, arguments);
    stream.wait();
  }
};

}  // namespace

std::vector<Peer> dnnl_norms(const NormData& data) {
  std::vector<Peer> peers;
  if (data.is_double || data.is_layer_norm) return peers;
  omp_set_num_threads(data.threads);
  const std::int64_t all = data.n * data.d;
  const std::array<std::pair<memory::dims, memory::dims>, 3> layouts{{
      {{data.n, data.d, 1, 1}, {data.d, 1, data.d, data.d}},
      {{1, data.d, data.n, 1}, {all, 1, data.d, data.d}},
      {{1, data.d, 1, data.n}, {all, 1, all, data.d}},
  }};
  for (std::size_t k = 0; k < layouts.size(); ++k) {
    auto layer = std::make_shared<Layer>(data, layouts[k].first, layouts[k].second);
    peers.push_back({"oneDNN, rows along " + std::string(1, "NHW"[k]),
                     [layer] { layer->run(layer->forward, layer->forward_arguments); },
                     [layer] { layer->run(layer->backward, layer->backward_arguments); },
                     [layer]() -> const void* { return layer->y.get_data_handle(); },
                     [layer]() -> const void* { return layer->dx.get_data_handle(); },
                     [layer]() -> const void* { return layer->dgamma.get_data_handle(); },
                     [layer]() -> const void* { return layer->dbeta.get_data_handle(); }});
  }
  return peers;
}

}  // namespace chalktape::bench
