"""What torch's own operations do with values, by name: which are smooth, which are layers, and which keep the sign.

An operation that is in none of these lists is tried.
"""


def in_words(name: str) -> str:
    """As a person calls it: torch's own name tells as well how it is done, or what it gives besides."""
    return name.replace("_with_indices", "").replace("_overrideable", "").replace("_", " ").strip()


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Smooth, whatever they take. A sigmoid is as well, but may be so steep that it is a step to these numbers.
SMOOTH = _named(
    """
    add sub rsub mul div neg log log1p log2 log10 sin cos addcmul addcdiv lerp reciprocal mean sum cumsum clone copy
    _to_copy fill zero cat stack constant_pad_nd roll flip contiguous repeat tril triu native_dropout dropout
    pixel_shuffle pixel_unshuffle channel_shuffle square real imag complex addmm index_select _unsafe_view
    select_backward slice_backward embedding zeros_like ones_like empty_like new_empty new_zeros new_ones new_full
    full_like full zeros ones empty arange scalar_tensor eye linspace lift_fresh lift_fresh_copy split
    split_with_sizes resize set unfold im2col col2im replication_pad1d replication_pad2d reflection_pad1d
    reflection_pad2d replication_pad3d reflection_pad3d detach alias
    """
)

# They mix many values or have weights: what comes out of them are another layer's own values.
LAYERS = _named(
    """
    convolution _convolution mm addmm bmm baddbmm addbmm addmv mv dot matmul linear native_batch_norm
    _native_batch_norm_legit_no_training _native_batch_norm_legit _batch_norm_with_update cudnn_batch_norm
    miopen_batch_norm native_layer_norm native_group_norm _softmax _log_softmax softmax log_softmax
    _scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu
    _scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention _scaled_dot_product_attention_math
    mkldnn_rnn_layer _thnn_fused_lstm_cell _thnn_fused_gru_cell _cudnn_rnn lstm gru avg_pool1d avg_pool2d avg_pool3d
    _adaptive_avg_pool2d _adaptive_avg_pool3d upsample_nearest1d upsample_nearest2d upsample_bilinear2d
    upsample_bicubic2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa grid_sampler_2d _fft_r2c _fft_c2c _fft_c2r
    cudnn_convolution mkldnn_convolution bernoulli
    """
)

# What comes out is never below zero, and then a kink there is at the end of what there is.
NEVER_NEGATIVE = _named(
    """
    relu sigmoid hardsigmoid exp abs square softmax _softmax softplus sqrt rsqrt var std linalg_vector_norm norm
    bernoulli hypot gt lt ge le eq ne logical_not logical_and logical_or logical_xor isnan isfinite
    """
)

# What comes out is never below zero where nothing is that goes in.
SIGNS_STAY = _named(
    """
    add mul div cat stack max_pool2d_with_indices max_pool3d_with_indices max_pool1d avg_pool2d avg_pool1d avg_pool3d
    _adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_max_pool2d mean sum cumsum amax amin max min maximum minimum
    clone copy _to_copy native_dropout dropout clamp where constant_pad_nd roll flip repeat pixel_shuffle
    channel_shuffle index_select index upsample_nearest2d upsample_bilinear2d fill zero masked_fill zeros_like
    new_zeros split contiguous sort topk cummax unfold
    """
)

# Nobody wrote these.
UNTOLD = _named("clone copy detach empty_like new_empty zeros_like lift_fresh scalar_tensor alias _to_copy")
