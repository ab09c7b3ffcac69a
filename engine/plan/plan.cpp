#include "engine/plan/plan.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <omp.h>

#include "engine/plan/interpreter.hpp"
#include "engine/plan/schedule.hpp"

namespace chalktape::engine {

namespace {

std::byte* address_of(const Tensor& tensor) {
  return dispatch(tensor.dtype(), [&]<class T>() {
    return const_cast<std::byte*>(reinterpret_cast<const std::byte*>(tensor.data<T>()));
  });
}

}  // namespace

class Plan::Machine {
 public:
  Machine(const Tape& tape, const LoopProgram& program, int threads)
      : program_(program), threads_(threads > 0 ? threads : omp_get_max_threads()) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      arenas_.push_back(Tensor::zeros({program.arena[static_cast<std::size_t>(dtype)]}, dtype));
    }
    for (const Buffer& buffer : program.buffers) {
      if (buffer.role == Buffer::Role::input) {
        tensors_.emplace_back();
      } else if (buffer.role == Buffer::Role::constant) {
        tensors_.push_back(tape.value(buffer.node).contiguous());
      } else {
        tensors_.push_back(arenas_[static_cast<std::size_t>(buffer.dtype)].view(
            buffer.shape, row_major_strides(buffer.shape), buffer.offset));
      }
      memory_.push_back(address_of(tensors_.back()));
    }
    for (const int output : program.outputs) outputs_.push_back(tensors_[static_cast<std::size_t>(output)]);
    for (const Step& step : program.steps) {
      if (const Loop* loop = std::get_if<Loop>(&step)) {
        loops_.emplace_back(program, *loop);
        scratch_bytes_ =
            std::max(scratch_bytes_,
                     loops_.back().shared_bytes() + loops_.back().thread_bytes() * static_cast<std::size_t>(threads_));
      }
    }
    scratch_ = Tensor::zeros({static_cast<std::int64_t>(scratch_bytes_ / sizeof(double)) + 1}, DType::f64);
  }

  std::span<const Tensor> run(std::span<const Tensor> inputs) {
    take(inputs);
    auto loop = loops_.begin();
    for (const Step& step : program_.steps) {
      if (const Call* call = std::get_if<Call>(&step)) {
        run_call(*call, inputs);
      } else {
        (loop++)->run(memory_, address_of(scratch_), threads_);
      }
    }
    return outputs_;
  }

  [[nodiscard]] std::size_t scratch_bytes() const { return scratch_bytes_; }

 private:
  void take(std::span<const Tensor> inputs) {
    if (inputs.size() != program_.inputs.size()) {
      throw Error(fmt::format("plan: {} inputs for {}", inputs.size(), program_.inputs.size()));
    }
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const auto number = static_cast<std::size_t>(program_.inputs[k]);
      const Buffer& buffer = program_.buffers[number];
      if (inputs[k].shape() != buffer.shape || inputs[k].dtype() != buffer.dtype) {
        throw Error(fmt::format("plan: input '{}' has shape {} {}, not {} {}", buffer.name,
                                engine::to_text(inputs[k].shape()), name_of(inputs[k].dtype()),
                                engine::to_text(buffer.shape), name_of(buffer.dtype)));
      }
      if (inputs[k].is_contiguous()) {
        memory_[number] = address_of(inputs[k]);
      } else {
        tensors_[number] = inputs[k].contiguous();
        memory_[number] = address_of(tensors_[number]);
      }
    }
  }

  void run_call(const Call& call, std::span<const Tensor> inputs) {
    std::vector<Tensor> operands;
    for (std::size_t k = 0; k < call.operands.size(); ++k) {
      const auto number = static_cast<std::size_t>(call.operands[k].buffer);
      const auto input = std::find(program_.inputs.begin(), program_.inputs.end(), call.operands[k].buffer);
      const bool given = input != program_.inputs.end() && inputs[input - program_.inputs.begin()].is_contiguous();
      const Tensor& memory = given ? inputs[input - program_.inputs.begin()] : tensors_[number];
      operands.push_back(memory.view(call.shapes[k], call.operands[k].strides));
    }
    const Tensor result = call.op->forward(operands, call.attributes).contiguous();
    const std::size_t bytes = static_cast<std::size_t>(result.size()) * size_of(result.dtype());
    if (bytes > 0) std::memcpy(memory_[static_cast<std::size_t>(call.buffer)], address_of(result), bytes);
  }

  const LoopProgram& program_;
  int threads_;
  std::vector<Tensor> arenas_;      // by dtype
  std::vector<Tensor> tensors_;     // by buffer
  std::vector<std::byte*> memory_;  // by buffer
  std::vector<Tensor> outputs_;
  std::vector<LoopInterpreter> loops_;
  std::size_t scratch_bytes_ = 0;
  Tensor scratch_;
};

Plan::Plan(const Tape& tape, std::span<const NodeId> inputs, std::span<const NodeId> outputs, int threads)
    : program_(std::make_unique<LoopProgram>(schedule(tape, inputs, outputs))),
      machine_(std::make_unique<Machine>(tape, *program_, threads)) {}

Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

std::span<const Tensor> Plan::run(std::span<const Tensor> inputs) { return machine_->run(inputs); }

std::size_t Plan::scratch_bytes() const { return machine_->scratch_bytes(); }

std::string to_text(const Plan& plan) {
  return to_text(plan.program()) + fmt::format("scratch memory {} bytes\n", plan.scratch_bytes());
}

}  // namespace chalktape::engine
