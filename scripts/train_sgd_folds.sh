#!/usr/bin/env bash
# Three trainings on the Himalayan sample tiles, each with one region held out, and their scores beside the band ratio
# whose thresholds were tuned on the regions trained on (docs/training.md, "What was measured").
#   scripts/train_sgd_folds.sh DATA OUT [EPOCHS]
# Two at once with one thread each: faster on two cores than one after the other.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$2"
data=$(realpath "$1") out=$(realpath "$2") epochs=${3:-45}
export OMP_NUM_THREADS=1 here out epochs

fold() {
    read -r held first second <<<"$1"
    icemargin="$here/.venv/bin/icemargin" train=("${first}_train.hdf5" "${second}_train.hdf5")
    val=("${first}_val.hdf5" "${second}_val.hdf5")
    cd "$out"
    if [ ! -e "run_$held/settings.yaml" ]; then
        "$icemargin" train --small --train "${train[@]}" --val "${val[@]}" --epochs "$epochs" --out "run_$held" \
            --features optical:blue,green,red,nir,swir1 dem --set patch=256 run.steps_per_epoch=50
    else
        "$icemargin" train --resume --out "run_$held"
    fi
    "$icemargin" calibrate "run_$held" --data "${val[@]}"
    "$icemargin" evaluate "run_$held" --test "spatial=$held.hdf5" --trained-on "${train[@]}" --tune-on "${train[@]}" \
        --beside classic --json "scores_$held.json" --report "scores_$held.html"
}
export -f fold

"$here/.venv/bin/python" "$here/scripts/sgd_dataset.py" "$data" "$out"
printf '%s\n' "C A B" "A B C" "B A C" | xargs -P 2 -I{} bash -euo pipefail -c 'fold "$1" > "$out/fold_${1%% *}.log" 2>&1' _ {}
