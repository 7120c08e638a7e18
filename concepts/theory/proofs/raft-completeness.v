Require Import List Arith Lia.
Import ListNotations.

(* An entry has the term that made it and a command. *)
Definition Log := list (nat * nat).
Record State := {
  term : nat -> nat;                        (* the current term of a server *)
  log : nat -> Log;
  vote : nat -> nat -> option nat;          (* server, term: whom it voted for *)
  stood : nat -> nat -> option Log;         (* candidate, term: the log with which it asked for votes *)
  won : nat -> option (nat * Log);          (* term: its leader, and the log that this leader has or had in it *)
  acked : list (nat * nat * nat) }.         (* server, term, n: it answered that it has the first n entries of that leader *)

Definition set {V} (f : nat -> V) (k : nat) (v : V) : nat -> V := fun x => if x =? k then v else f x.
Definition start : State := {| term := fun _ => 0; log := fun _ => []; vote := fun _ _ => None;
  stood := fun _ _ => None; won := fun _ => None; acked := [] |}.
Definition last_term (L : Log) : nat := match nth_error L (length L - 1) with Some e => fst e | None => 0 end.

(* The log L of a candidate is at least as up to date as M. *)
Definition newer (L M : Log) : Prop :=
  last_term M < last_term L \/ (last_term M = last_term L /\ length M <= length L).
Definition agrees (mine theirs : Log) (k : nat) : Prop :=
  k = 0 \/ exists p v w, nth_error theirs (k - 1) = Some (p, v) /\ nth_error mine (k - 1) = Some (p, w).

(* What a follower has after the message with entry k: nothing is deleted unless it conflicts. *)
Definition merged (mine : Log) (k : nat) (e : nat * nat) : Log :=
  match nth_error mine k with
  | Some d => if fst d =? fst e then mine else firstn k mine ++ [e]
  | None => firstn k mine ++ [e]
  end.

Definition sorted (L : Log) := forall i j e f, i <= j -> nth_error L i = Some e -> nth_error L j = Some f -> fst e <= fst f.
Definition within (t : nat) (L : Log) := forall i e, nth_error L i = Some e -> fst e <= t.
Definition holds (X L : Log) (i : nat) := firstn (S i) X = firstn (S i) L.
Definition rooted (W : nat -> option (nat * Log)) (X : Log) :=
  forall k e, nth_error X k = Some e -> exists c L, W (fst e) = Some (c, L) /\ holds X L k.
Definition bad (W : nat -> option (nat * Log)) (w : nat) (L : Log) (i : nat) :=
  exists c M, W w = Some (c, M) /\ ~ holds M L i.
Definition grows (W V : nat -> option (nat * Log)) := forall t c L, W t = Some (c, L) ->
  exists rest, V t = Some (c, L ++ rest) /\ forall e, In e rest -> fst e = t.

Lemma nth_firstn : forall (X Y : Log) n k, firstn n X = firstn n Y -> k < n -> nth_error X k = nth_error Y k.
Proof.
  intros X. induction X as [|x X IH]; intros [|y Y] n k H L; destruct n; try lia; simpl in H; try discriminate; auto.
  injection H as H1 H2. subst. destruct k; simpl; [reflexivity|]. apply (IH Y n); auto. lia.
Qed.

Lemma firstn_less : forall (X Y : Log) n m, firstn n X = firstn n Y -> m <= n -> firstn m X = firstn m Y.
Proof.
  intros X Y n m H L. replace m with (Nat.min m n) by lia. rewrite <- !firstn_firstn. congruence.
Qed.

Lemma firstn_last : forall (L : Log) k e, nth_error L k = Some e -> firstn (S k) L = firstn k L ++ [e].
Proof.
  induction L as [|x L IH]; intros k e H; destruct k; try discriminate; simpl in *; [congruence|].
  f_equal. apply IH, H.
Qed.

Lemma nth_some : forall (L : Log) k e, nth_error L k = Some e -> k < length L.
Proof. intros L k e H. apply nth_error_Some. congruence. Qed.

Lemma firstn_longer : forall (X : Log) rest n, n <= length X -> firstn n (X ++ rest) = firstn n X.
Proof. intros X rest n H. rewrite firstn_app. replace (n - length X) with 0 by lia. simpl. apply app_nil_r. Qed.

Lemma holds_long : forall X L i e, holds X L i -> nth_error L i = Some e -> i < length X /\ nth_error X i = Some e.
Proof.
  intros X L i e H E. pose proof (nth_firstn _ _ _ i H) as N. rewrite N by lia. split; [|exact E].
  apply (nth_some X i e). rewrite N by lia. exact E.
Qed.

Lemma rooted_grows : forall W V X, grows W V -> rooted W X -> rooted V X.
Proof.
  intros W V X G R k e E. destruct (R k e E) as (c & L & H & J). destruct (G _ _ _ H) as (rest & K & _).
  exists c, (L ++ rest). split; [exact K|]. unfold holds in *. rewrite firstn_longer; [exact J|].
  apply (f_equal (@length _)) in J. rewrite !length_firstn in J. apply nth_some in E. lia.
Qed.

Lemma bad_grows : forall W V t w L i v, grows W V -> sorted L -> nth_error L i = Some (t, v) -> t < w ->
  bad W w L i -> bad V w L i.
Proof.
  intros W V t w L i v G S E Lt (c & M & H & N). destruct (G _ _ _ H) as (rest & K & F).
  exists c, (M ++ rest). split; [exact K|]. intro J. apply N. unfold holds in *.
  destruct (le_lt_dec (Datatypes.S i) (length M)) as [Le|Gt]; [rewrite firstn_longer in J; assumption|].
  exfalso. destruct rest as [|d rest]; [rewrite app_nil_r in J; contradiction|].
  assert (D : nth_error (M ++ d :: rest) (length M) = Some d) by (rewrite nth_error_app2, Nat.sub_diag; auto).
  rewrite (nth_firstn _ _ _ (length M) J) in D by lia.
  pose proof (S (length M) i d (t, v) ltac:(lia) D E) as X. simpl in X. rewrite (F d (or_introl eq_refl)) in X. lia.
Qed.

Lemma grows_refl : forall W, grows W W.
Proof. intros W t c L H. exists []. rewrite app_nil_r. split; [exact H | intros e []]. Qed.

Lemma same_root : forall W X Y k d e, rooted W X -> rooted W Y -> nth_error X k = Some d -> nth_error Y k = Some e ->
  fst d = fst e -> holds X Y k.
Proof.
  intros W X Y k d e RX RY D E F. destruct (RX k d D) as (c & L & H & J). destruct (RY k e E) as (c' & L' & H' & J').
  rewrite F in H. rewrite H in H'. injection H' as _ H'. subst. unfold holds in *. congruence.
Qed.

(* After a message a follower has what the leader had up to that entry. *)
Lemma merged_holds : forall W X L k e, rooted W X -> rooted W L -> nth_error L k = Some e -> agrees X L k ->
  holds (merged X k e) L k.
Proof.
  intros W X L k e RX RL E A.
  assert (P : firstn k X = firstn k L).
  { destruct A as [Z | (p & v & w & H & J)]; [subst; reflexivity|].
    destruct k as [|k]; [reflexivity|]. simpl in H, J. rewrite Nat.sub_0_r in H, J.
    exact (same_root W X L k _ _ RX RL J H eq_refl). }
  assert (N : holds (firstn k X ++ [e]) L k).
  { unfold holds. rewrite P, <- (firstn_last _ _ _ E), firstn_firstn, Nat.min_id. reflexivity. }
  unfold merged. destruct (nth_error X k) as [d|] eqn:D; [|exact N].
  destruct (Nat.eqb_spec (fst d) (fst e)) as [F|F]; [|exact N].
  exact (same_root W X L k _ _ RX RL D E F).
Qed.

Lemma merged_cases : forall W X L k e, rooted W X -> rooted W L -> nth_error L k = Some e -> agrees X L k ->
  merged X k e = X \/ (merged X k e = firstn (S k) L /\ forall d, nth_error X k = Some d -> fst d <> fst e).
Proof.
  intros W X L k e RX RL E A. pose proof (merged_holds W X L k e RX RL E A) as H. unfold merged in *.
  destruct (nth_error X k) as [d|] eqn:D.
  - destruct (Nat.eqb_spec (fst d) (fst e)) as [F|F]; [left; reflexivity|].
    right. split; [|intros x Ex; congruence].
    unfold holds in H. rewrite firstn_all2 in H; [exact H|]. rewrite length_app, length_firstn. simpl. lia.
  - right. split; [|discriminate]. unfold holds in H. rewrite firstn_all2 in H; [exact H|].
    rewrite length_app, length_firstn. simpl. lia.
Qed.

Lemma nth_in_firstn : forall (L : Log) n i e, nth_error (firstn n L) i = Some e -> nth_error L i = Some e.
Proof.
  induction L as [|x L IH]; intros n i e H; destruct n; simpl in *; try (destruct i; discriminate).
  destruct i; simpl in *; [exact H | exact (IH n i e H)].
Qed.

Lemma sorted_firstn : forall L n, sorted L -> sorted (firstn n L).
Proof. intros L n S i j e f Le E F. exact (S i j e f Le (nth_in_firstn _ _ _ _ E) (nth_in_firstn _ _ _ _ F)). Qed.

Lemma rooted_firstn : forall W L n, rooted W L -> rooted W (firstn n L).
Proof.
  intros W L n R k e E. pose proof (nth_some _ _ _ E) as Lt. rewrite length_firstn in Lt.
  destruct (R k e (nth_in_firstn _ _ _ _ E)) as (c & M & H & J). exists c, M. split; [exact H|].
  unfold holds in *. rewrite firstn_firstn. replace (Nat.min (S k) n) with (S k) by lia. exact J.
Qed.

Lemma nth_append : forall (L : Log) x i e, nth_error (L ++ [x]) i = Some e -> nth_error L i = Some e \/ (i = length L /\ e = x).
Proof.
  intros L x i e H. destruct (le_lt_dec (length L) i) as [Le|Lt].
  - right. rewrite nth_error_app2 in H by lia. destruct (i - length L) eqn:D; simpl in H.
    + injection H as H. split; [lia | congruence].
    + destruct n; discriminate.
  - left. rewrite nth_error_app1 in H by lia. exact H.
Qed.

Lemma sorted_append : forall L t v, sorted L -> within t L -> sorted (L ++ [(t, v)]).
Proof.
  intros L t v S B i j e f Le E F.
  apply nth_append in E as [E | [E1 E2]]; apply nth_append in F as [F | [F1 F2]]; subst.
  - exact (S i j e f Le E F).
  - simpl. exact (B i e E).
  - apply nth_some in F. lia.
  - lia.
Qed.

Lemma set_same : forall V (f : nat -> V) k v, set f k v k = v.
Proof. intros. unfold set. rewrite Nat.eqb_refl. reflexivity. Qed.
Lemma set_other : forall V (f : nat -> V) k v x, x <> k -> set f k v x = f x.
Proof. intros. unfold set. apply Nat.eqb_neq in H. rewrite H. reflexivity. Qed.

Lemma newer_self : forall L, newer L L.
Proof. intro L. right. split; [reflexivity | lia]. Qed.

Lemma last_entry : forall L i e, nth_error L i = Some e -> exists d, nth_error L (length L - 1) = Some d /\ last_term L = fst d.
Proof.
  intros L i e E. apply nth_some in E. unfold last_term. destruct (nth_error L (length L - 1)) as [d|] eqn:D.
  - exists d. auto.
  - apply nth_error_None in D. lia.
Qed.

Section Raft.
  Variable quorum : (nat -> Prop) -> Prop.

  (* The network loses, delays, repeats and reorders. A request for votes and an acknowledgement stay on the wire for ever.
     The log of a leader only grows in its term, so that any message it ever sent is a part of what won holds now. *)
  Inductive step (s : State) : State -> Prop :=
  | learn : forall n t, term s n < t ->
      step s {| term := set (term s) n t; log := log s; vote := vote s; stood := stood s; won := won s; acked := acked s |}
  | stand : forall c t, term s c < t ->
      step s {| term := set (term s) c t; log := log s; vote := set (vote s) c (set (vote s c) t (Some c));
                stood := set (stood s) c (set (stood s c) t (Some (log s c))); won := won s; acked := acked s |}
  | grant : forall n c t L, stood s c t = Some L -> term s n <= t -> vote s n t = None -> newer L (log s n) ->
      won s t = None ->                     (* a vote after the election counts for nobody; see learn *)
      step s {| term := set (term s) n t; log := log s; vote := set (vote s) n (set (vote s n) t (Some c));
                stood := stood s; won := won s; acked := acked s |}
  | win : forall c t Q L, quorum Q -> (forall n, Q n -> vote s n t = Some c) -> stood s c t = Some L -> term s c = t ->
      won s t = None ->
      step s {| term := term s; log := log s; vote := vote s; stood := stood s;
                won := set (won s) t (Some (c, log s c)); acked := acked s |}
  | append : forall c L v, won s (term s c) = Some (c, L) ->
      step s {| term := term s; log := set (log s) c (log s c ++ [(term s c, v)]); vote := vote s; stood := stood s;
                won := set (won s) (term s c) (Some (c, log s c ++ [(term s c, v)])); acked := acked s |}
  | confirm : forall c L, won s (term s c) = Some (c, L) ->
      step s {| term := term s; log := log s; vote := vote s; stood := stood s; won := won s;
                acked := (c, term s c, length (log s c)) :: acked s |}
  | accept : forall f t c L k e, won s t = Some (c, L) -> term s f <= t -> f <> c -> nth_error L k = Some e ->
      agrees (log s f) L k ->
      step s {| term := set (term s) f t; log := set (log s) f (merged (log s f) k e); vote := vote s; stood := stood s;
                won := won s; acked := (f, t, S k) :: acked s |}.

  Inductive reachable : State -> Prop :=
  | at_start : reachable start
  | after_step : forall s t, reachable s -> step s t -> reachable t.

  (* The entry at place i is of the leader's own term, and a majority has it: with it all entries before it are committed. *)
  Definition committed (s : State) (t i : nat) (L : Log) : Prop :=
    (exists c, won s t = Some (c, L)) /\ (exists v, nth_error L i = Some (t, v)) /\
    exists Q, quorum Q /\ forall n, Q n -> exists j, i < j /\ In (n, t, j) (acked s).

  Record Invariant (s : State) : Prop := {
    voted : forall n t c, vote s n t = Some c -> t <= term s n;
    stands : forall c t L, stood s c t = Some L -> t <= term s c /\ sorted L /\ rooted (won s) L /\ within (t - 1) L /\ 0 < t;
    logs : forall n, sorted (log s n) /\ rooted (won s) (log s n) /\ within (term s n) (log s n);
    leads : forall t c L, won s t = Some (c, L) -> sorted L /\ rooted (won s) L /\ within t L /\
      exists Q L0 rest, quorum Q /\ (forall n, Q n -> vote s n t = Some c) /\ stood s c t = Some L0 /\ L = L0 ++ rest;
    current : forall t c L, won s t = Some (c, L) -> term s c = t -> log s c = L;
    waits : forall c t L, stood s c t = Some L -> term s c = t -> won s t = None -> log s c = L;
    acks : forall n t j, In (n, t, j) (acked s) -> t <= term s n /\ exists c L, won s t = Some (c, L) /\ j <= length L /\
      forall i v, i < j -> nth_error L i = Some (t, v) ->
        holds (log s n) L i \/ exists w, t < w <= term s n /\ bad (won s) w L i;
    votes : forall n u c t j, vote s n u = Some c -> In (n, t, j) (acked s) -> t < u ->
      exists k L, won s t = Some (k, L) /\ forall i v, i < j -> nth_error L i = Some (t, v) ->
        (exists L0 V, stood s c u = Some L0 /\ newer L0 V /\ sorted V /\ rooted (won s) V /\ holds V L i) \/
        exists w, t < w < u /\ bad (won s) w L i }.
End Raft.

Definition meets (quorum : (nat -> Prop) -> Prop) := forall Q R, quorum Q -> quorum R -> exists n, Q n /\ R n.

Lemma invariant_start : forall maj, Invariant maj start.
Proof.
  constructor; simpl; try discriminate; try contradiction.
  intro n. repeat split.
  - intros i j e f _ H. destruct i; discriminate.
  - intros k e H. destruct k; discriminate.
  - intros i e H. destruct i; discriminate.
Qed.

Ltac at_ x y := let E := fresh in destruct (Nat.eq_dec x y) as [E|E];
  [try subst x; try rewrite E in *; rewrite ?set_same in * | rewrite ?(set_other _ _ y _ x) in * by assumption].

Lemma step_learn : forall maj s n t, Invariant maj s -> term s n < t ->
  Invariant maj {| term := set (term s) n t; log := log s; vote := vote s; stood := stood s; won := won s; acked := acked s |}.
Proof.
  intros maj s n t [I1 I2 I3 I4 I5 I6 I7 I8] Lt. constructor; simpl; auto.
  - intros m u c H. specialize (I1 m u c H). at_ m n; lia.
  - intros c u L H. destruct (I2 c u L H) as (A & B). split; [|exact B]. at_ c n; lia.
  - intro m. destruct (I3 m) as (A & B & C). repeat split; auto. intros i e E. specialize (C i e E). at_ m n; lia.
  - intros u c L H T. at_ c n; [|eauto]. subst. destruct (I4 _ _ _ H) as (_ & _ & _ & Q & L0 & rest & _ & _ & X & _).
    apply I2 in X. lia.
  - intros c u L H T W. at_ c n; [|eauto]. subst. apply I2 in H. lia.
  - intros m u j H. destruct (I7 m u j H) as (A & c & L & B & C & D). split; [at_ m n; lia|].
    exists c, L. repeat split; auto. intros i v Lj E. destruct (D i v Lj E) as [X | (w & X & Y)]; [left; exact X|].
    right. exists w. split; [|exact Y]. at_ m n; lia.
Qed.

Lemma step_vote : forall maj s n c t L St, Invariant maj s -> term s n <= t -> vote s n t = None -> won s t = None \/ term s n < t ->
  (forall d u M, St d u = Some M -> stood s d u = Some M \/ (d = n /\ u = t /\ M = log s n)) ->
  (forall d u M, stood s d u = Some M -> St d u = Some M) ->
  (term s n = t \/ St n t = None \/ St n t = Some (log s n)) ->
  St c t = Some L -> newer L (log s n) -> (term s n < t \/ St = stood s) -> 0 < t ->
  Invariant maj {| term := set (term s) n t; log := log s; vote := set (vote s) n (set (vote s n) t (Some c));
               stood := St; won := won s; acked := acked s |}.
Proof.
  intros maj s n c t L St [I1 I2 I3 I4 I5 I6 I7 I8] Le No Un Old Keep Own SL Nw New Pos.
  assert (Vote : forall m u d, set (vote s) n (set (vote s n) t (Some c)) m u = Some d ->
    vote s m u = Some d \/ (m = n /\ u = t /\ d = c)).
  { intros m u d H. at_ m n; [|auto]. at_ u t; [right; repeat split; congruence | auto]. }
  assert (Kept : forall m u d, vote s m u = Some d -> set (vote s) n (set (vote s n) t (Some c)) m u = Some d).
  { intros m u d H. at_ m n; [|exact H]. at_ u t; [congruence | exact H]. }
  constructor; simpl; auto.
  - intros m u d H. destruct (Vote _ _ _ H) as [X | (X & Y & Z)].
    + apply I1 in X. at_ m n; lia.
    + subst. rewrite set_same. lia.
  - intros d u M H. destruct (Old _ _ _ H) as [X | (X & Y & Z)].
    + destruct (I2 _ _ _ X) as (A & B). split; [|exact B]. at_ d n; lia.
    + subst. rewrite set_same. destruct (I3 n) as (A & B & C). repeat split; auto.
      destruct New as [New | New].
      * intros i e E. specialize (C i e E). lia.
      * subst. apply I2 in H. tauto.
  - intro m. destruct (I3 m) as (A & B & C). repeat split; auto. intros i e E. specialize (C i e E). at_ m n; lia.
  - intros u d M H. destruct (I4 _ _ _ H) as (A & B & C & Q & L0 & rest & D & E & F & G). repeat split; auto.
    exists Q, L0, rest. repeat split; auto.
  - intros u d M H T. at_ d n; [|eauto]. subst.
    destruct Un as [Un | Un]; [congruence|].
    destruct (I4 _ _ _ H) as (_ & _ & _ & Q & L0 & rest & _ & _ & X & _). apply I2 in X. lia.
  - intros d u M H T W. at_ d n.
    + subst. destruct Own as [Own | [Own | Own]]; [|congruence|congruence].
      destruct (Old _ _ _ H) as [X | (_ & _ & X)]; [eauto | congruence].
    + destruct (Old _ _ _ H) as [X | (X & _)]; [eauto | contradiction].
  - intros m u j H. destruct (I7 m u j H) as (A & d & M & B & C & D). split; [at_ m n; lia|].
    exists d, M. repeat split; auto. intros i v Lj E. destruct (D i v Lj E) as [X | (w & X & Y)]; [left; exact X|].
    right. exists w. split; [|exact Y]. at_ m n; lia.
  - intros m u d w j H In_ Lt. destruct (Vote _ _ _ H) as [X | (X & Y & Z)].
    + destruct (I8 _ _ _ _ _ X In_ Lt) as (k & M & B & D). exists k, M. split; [exact B|].
      intros i v Lj E. destruct (D i v Lj E) as [(L0 & V & P & R) | Z]; [left | right; exact Z].
      exists L0, V. split; auto.
    + subst. destruct (I7 _ _ _ In_) as (A & k & M & B & C & D). exists k, M. split; [exact B|].
      intros i v Lj E. destruct (D i v Lj E) as [X | (x & X & Y)].
      * left. exists L, (log s n). destruct (I3 n) as (S1 & S2 & _). repeat split; auto.
      * right. exists x. split; [|exact Y].
        destruct Un as [Un | Un]; [|lia]. destruct Y as (z & N & Y & _).
        assert (x <> t) by congruence. lia.
Qed.

Lemma step_win : forall maj s c t Q L, Invariant maj s -> maj Q -> (forall n, Q n -> vote s n t = Some c) ->
  stood s c t = Some L -> term s c = t -> won s t = None ->
  Invariant maj {| term := term s; log := log s; vote := vote s; stood := stood s;
               won := set (won s) t (Some (c, log s c)); acked := acked s |}.
Proof.
  intros maj s c t Q L [I1 I2 I3 I4 I5 I6 I7 I8] Qu Vo SL T No.
  assert (G : grows (won s) (set (won s) t (Some (c, log s c)))).
  { intros u d M H. exists []. rewrite app_nil_r. split; [|intros e []].
    destruct (Nat.eq_dec u t); [subst; congruence|]. rewrite set_other by assumption. exact H. }
  constructor; simpl; auto.
  - intros d u M H. destruct (I2 _ _ _ H) as (A & B & C & D). repeat split; auto. exact (rooted_grows _ _ _ G C). tauto. tauto.
  - intro m. destruct (I3 m) as (A & B & C). repeat split; auto. exact (rooted_grows _ _ _ G B).
  - intros u d M H. at_ u t.
    + injection H as H1 H2. subst d M. destruct (I3 c) as (A & B & C). rewrite T in C. repeat split; auto.
      * exact (rooted_grows _ _ _ G B).
      * exists Q, L, []. repeat split; auto. rewrite app_nil_r. eauto.
    + destruct (I4 _ _ _ H) as (A & B & C & D). repeat split; auto. exact (rooted_grows _ _ _ G B).
  - intros u d M H E. at_ u t; [congruence | eauto].
  - intros d u M H E W. at_ u t; [discriminate | eauto].
  - intros m u j H. destruct (I7 m u j H) as (A & d & M & B & C & D). split; [exact A|].
    destruct (G _ _ _ B) as (rest & B' & _). exists d, M. repeat split; auto.
    + destruct (Nat.eq_dec u t); [subst; congruence|]. rewrite set_other by assumption. exact B.
    + intros i v Lj E. destruct (D i v Lj E) as [X | (w & X & Y)]; [left; exact X|].
      right. exists w. split; [exact X|]. destruct (I4 _ _ _ B) as (S1 & _).
      refine (bad_grows _ _ u w M i v G S1 E _ Y). lia.
  - intros m u d w j H In_ Lt. destruct (I8 _ _ _ _ _ H In_ Lt) as (k & M & B & D). exists k, M. split.
    + destruct (Nat.eq_dec w t); [subst; congruence|]. rewrite set_other by assumption. exact B.
    + intros i v Lj E. destruct (D i v Lj E) as [(L0 & V & P1 & P2 & P3 & P4 & P5) | (x & X & Y)].
      * left. exists L0, V. repeat split; auto. exact (rooted_grows _ _ _ G P4).
      * right. exists x. split; [exact X|]. destruct (I4 _ _ _ B) as (S1 & _).
        refine (bad_grows _ _ w x M i v G S1 E _ Y). lia.
Qed.

Lemma step_append : forall maj s c L v, Invariant maj s -> won s (term s c) = Some (c, L) ->
  Invariant maj {| term := term s; log := set (log s) c (log s c ++ [(term s c, v)]); vote := vote s; stood := stood s;
               won := set (won s) (term s c) (Some (c, log s c ++ [(term s c, v)])); acked := acked s |}.
Proof.
  intros maj s c L v [I1 I2 I3 I4 I5 I6 I7 I8] Wo. pose proof (I5 _ _ _ Wo eq_refl) as Lo.
  set (t := term s c) in *. set (N := log s c ++ [(t, v)]).
  assert (G : grows (won s) (set (won s) t (Some (c, N)))).
  { intros u d M H. destruct (Nat.eq_dec u t) as [E|E].
    - rewrite E in *. rewrite set_same. rewrite Wo in H. injection H as H1 H2. subst d M. exists [(t, v)]. split; [unfold N; congruence|].
      intros e [X|[]]. subst e. reflexivity.
    - rewrite set_other by assumption. exists []. rewrite app_nil_r. split; [exact H | intros e []]. }
  destruct (I3 c) as (S1 & S2 & S3). fold t in S3.
  assert (SN : sorted N) by (apply sorted_append; assumption).
  assert (RN : rooted (set (won s) t (Some (c, N))) N).
  { intros k e E. apply nth_append in E as [E | [E1 E2]].
    - destruct (rooted_grows _ _ _ G S2 k e E) as (d & M & X & Y). exists d, M. split; [exact X|].
      unfold holds, N in *. rewrite firstn_longer; [exact Y|]. apply nth_some in E. lia.
    - subst e. simpl. rewrite set_same. exists c, N. split; [reflexivity | unfold holds; reflexivity]. }
  assert (WN : within t N).
  { intros i e E. apply nth_append in E as [E | [E1 E2]]; [exact (S3 i e E) | subst e; simpl; lia]. }
  constructor; simpl; auto.
  - intros d u M H. destruct (I2 _ _ _ H) as (A & B & C & D & E). repeat split; auto. exact (rooted_grows _ _ _ G C).
  - intro m. destruct (Nat.eq_dec m c) as [E|E].
    + subst m. rewrite set_same. repeat split; assumption.
    + rewrite set_other by assumption. destruct (I3 m) as (A & B & C). repeat split; auto. exact (rooted_grows _ _ _ G B).
  - intros u d M H. destruct (Nat.eq_dec u t) as [E|E].
    + rewrite E in *. rewrite set_same in H. injection H as H1 H2. subst d M. repeat split; auto.
      destruct (I4 _ _ _ Wo) as (_ & _ & _ & Q & L0 & rest & P1 & P2 & P3 & P4). exists Q, L0, (rest ++ [(t, v)]).
      repeat split; auto. unfold N. rewrite Lo, P4. symmetry. apply app_assoc.
    + rewrite set_other in H by assumption. destruct (I4 _ _ _ H) as (A & B & C & D). repeat split; auto.
      exact (rooted_grows _ _ _ G B).
  - intros u d M H E. destruct (Nat.eq_dec u t) as [F|F].
    + rewrite F in *. rewrite set_same in H. injection H as H1 H2. subst d M. rewrite set_same. reflexivity.
    + rewrite set_other in H by assumption. destruct (Nat.eq_dec d c); [subst d; exfalso; apply F; symmetry; exact E|].
      rewrite set_other by assumption. eauto.
  - intros d u M H E W. destruct (Nat.eq_dec u t) as [F|F]; [rewrite F, set_same in W; discriminate|].
    rewrite set_other in W by assumption. destruct (Nat.eq_dec d c); [subst d; exfalso; apply F; symmetry; exact E|].
    rewrite set_other by assumption. eauto.
  - intros m u j H. destruct (I7 m u j H) as (A & d & M & B & C & D). split; [exact A|].
    destruct (G _ _ _ B) as (rest & B' & R). exists d, (M ++ rest). split; [exact B'|].
    split; [rewrite length_app; lia|]. intros i x Lj E. rewrite nth_error_app1 in E by lia.
    assert (H2 : forall X, holds X M i <-> holds X (M ++ rest) i).
    { intro X. unfold holds. rewrite firstn_longer by lia. reflexivity. }
    destruct (D i x Lj E) as [X | (w & X & Y)].
    + left. apply H2. destruct (Nat.eq_dec m c) as [F|F].
      * subst m. rewrite set_same. pose proof (holds_long _ _ _ _ X E) as [Z _]. unfold holds, N in *. rewrite firstn_longer; [exact X | lia].
      * rewrite set_other by assumption. exact X.
    + right. exists w. split; [exact X|]. destruct (I4 _ _ _ B) as (S4 & _).
      destruct (bad_grows _ _ u w M i x G S4 E ltac:(lia) Y) as (p & r & Y1 & Y2). exists p, r. split; [exact Y1|].
      intro Z. apply Y2. apply H2. exact Z.
  - intros m u d w j H In_ Lt. destruct (I8 _ _ _ _ _ H In_ Lt) as (k & M & B & D).
    destruct (I7 _ _ _ In_) as (_ & k' & M' & B1 & Lj & _). rewrite B in B1. injection B1 as B1 B2. subst k' M'.
    destruct (G _ _ _ B) as (rest & B' & R). exists k, (M ++ rest). split; [exact B'|].
    intros i x Li E. rewrite nth_error_app1 in E by lia.
    assert (H2 : forall X, holds X M i <-> holds X (M ++ rest) i).
    { intro X. unfold holds. rewrite firstn_longer by lia. reflexivity. }
    destruct (D i x Li E) as [(L0 & V & P1 & P2 & P3 & P4 & P5) | (y & X & Y)].
    + left. exists L0, V. repeat split; auto. { exact (rooted_grows _ _ _ G P4). } apply H2. exact P5.
    + right. exists y. split; [exact X|]. destruct (I4 _ _ _ B) as (S4 & _).
      destruct (bad_grows _ _ w y M i x G S4 E ltac:(lia) Y) as (p & r & Y1 & Y2). exists p, r. split; [exact Y1|].
      intro Z. apply Y2. apply H2. exact Z.
Qed.

Lemma step_confirm : forall maj s c L, Invariant maj s -> won s (term s c) = Some (c, L) ->
  Invariant maj {| term := term s; log := log s; vote := vote s; stood := stood s; won := won s;
               acked := (c, term s c, length (log s c)) :: acked s |}.
Proof.
  intros maj s c L [I1 I2 I3 I4 I5 I6 I7 I8] Wo. pose proof (I5 _ _ _ Wo eq_refl) as Lo.
  constructor; simpl; auto.
  - intros n t j [H | H]; [|auto]. injection H as H1 H2 H3. subst n t j. split; [lia|]. exists c, L.
    split; [exact Wo|]. split; [rewrite Lo; lia|]. intros i v _ _. left. rewrite Lo. unfold holds. reflexivity.
  - intros n u d t j H [X | X] Lt; [|eauto]. injection X as X1 X2 X3. subst n t j. apply I1 in H. lia.
Qed.

Lemma step_accept : forall maj s f t c L k e, Invariant maj s -> won s t = Some (c, L) -> term s f <= t -> f <> c ->
  nth_error L k = Some e -> agrees (log s f) L k ->
  Invariant maj {| term := set (term s) f t; log := set (log s) f (merged (log s f) k e); vote := vote s; stood := stood s;
               won := won s; acked := (f, t, S k) :: acked s |}.
Proof.
  intros maj s f t c L k e I Wo Le Ne E A. pose proof I as [I1 I2 I3 I4 I5 I6 I7 I8].
  destruct (I4 _ _ _ Wo) as (SL & RL & WL & _). destruct (I3 f) as (SF & RF & WF).
  pose proof (merged_holds _ _ _ _ _ RF RL E A) as MH. pose proof (merged_cases _ _ _ _ _ RF RL E A) as MC.
  constructor; simpl; auto.
  - intros m u d H. specialize (I1 m u d H). at_ m f; lia.
  - intros d u M H. destruct (I2 d u M H) as (B & C). split; [|exact C]. at_ d f; lia.
  - intro m. destruct (Nat.eq_dec m f) as [F|F].
    + subst m. rewrite !set_same. destruct MC as [MC | [MC _]]; rewrite MC.
      * repeat split; auto. intros i x X. specialize (WF i x X). lia.
      * repeat split; [apply sorted_firstn, SL | apply rooted_firstn, RL|].
        intros i x X. exact (WL i x (nth_in_firstn _ _ _ _ X)).
    + rewrite !set_other by assumption. apply I3.
  - intros u d M H T. destruct (Nat.eq_dec d f) as [F|F].
    + subst d. rewrite set_same in T. subst u. rewrite Wo in H. congruence.
    + rewrite set_other in * by assumption. eauto.
  - intros d u M H T W. destruct (Nat.eq_dec d f) as [F|F].
    + subst d. rewrite set_same in T. subst u. congruence.
    + rewrite set_other in * by assumption. eauto.
  - intros m u j [H | H].
    + injection H as H1 H2 H3. subst m u j. rewrite set_same. split; [lia|]. exists c, L. split; [exact Wo|].
      split; [apply nth_some in E; lia|]. intros i v Lt _. left. rewrite set_same. unfold holds in *.
      apply (firstn_less _ _ _ (S i) MH). lia.
    + destruct (I7 m u j H) as (B & d & M & C & D & F). destruct (Nat.eq_dec m f) as [G|G].
      * subst m. rewrite !set_same. split; [lia|]. exists d, M. repeat split; auto. intros i v Lt X.
        destruct (F i v Lt X) as [Y | (w & Y & Z)]; [|right; exists w; split; [lia | exact Z]].
        destruct MC as [MC | [MC Diff]]; [left; rewrite MC; exact Y|].
        destruct (list_eq_dec (fun a b : nat * nat => ltac:(decide equality; apply Nat.eq_dec) : {a = b} + {a <> b})
          (firstn (S i) L) (firstn (S i) M)) as [Eq|Nq].
        -- left. destruct (le_lt_dec k i) as [Ki|Ki].
           ++ exfalso. pose proof (nth_firstn _ _ _ k Eq ltac:(lia)) as P. pose proof (nth_firstn _ _ _ k Y ltac:(lia)) as R.
              rewrite E in P. rewrite <- P in R. exact (Diff e R eq_refl).
           ++ rewrite MC. unfold holds. rewrite firstn_firstn. replace (Nat.min (S i) (S k)) with (S i) by lia. exact Eq.
        -- right. exists t. split; [|exists c, L; split; [exact Wo | exact Nq]].
           destruct (Nat.eq_dec u t) as [U|U]; [|lia]. subst u. rewrite Wo in C. injection C as _ C. subst M. contradiction.
      * rewrite !set_other by assumption. split; [exact B|]. exists d, M. repeat split; auto.
  - intros n u d w j H [X | X] Lt; [|eauto]. injection X as X1 X2 X3. subst n w j. apply I1 in H. lia.
Qed.

Lemma invariant_step : forall maj s t, Invariant maj s -> step maj s t -> Invariant maj t.
Proof.
  intros maj s s' I H. destruct H as [n t Lt | c t Lt | n c t L St Le No Nw Un | c t Q L Qu Vo St T No | c L v Wo | c L Wo | f t c L k e Wo Le Ne E A].
  - apply step_learn; assumption.
  - destruct (vote s c t) eqn:V; [apply (voted maj s I) in V; lia|].
    destruct (stood s c t) eqn:St; [apply (stands maj s I) in St; lia|].
    apply (step_vote maj s c c t (log s c)); auto; try lia.
    + intros d u M H. at_ d c; [|auto]. at_ u t; [right; repeat split; congruence | auto].
    + intros d u M H. at_ d c; [|exact H]. at_ u t; [congruence | exact H].
    + right. right. rewrite !set_same. reflexivity.
    + rewrite !set_same. reflexivity.
    + apply newer_self.
  - destruct (stands maj s I _ _ _ St) as (_ & _ & _ & _ & Pos).
    apply (step_vote maj s n c t L); auto.
    destruct (Nat.eq_dec (term s n) t) as [F|F]; [left; exact F|].
    right. left. destruct (stood s n t) eqn:X; [|reflexivity]. apply (stands maj s I) in X. lia.
  - eapply step_win; eassumption.
  - eapply step_append; eassumption.
  - eapply step_confirm; eassumption.
  - eapply step_accept; eassumption.
Qed.

Lemma completeness : forall maj, meets maj -> forall s, Invariant maj s -> forall t i L, committed maj s t i L ->
  forall u c M, won s u = Some (c, M) -> t < u -> holds M L i.
Proof.
  intros maj meet s I t i L ((k & Wo) & (v & E) & Q & Qu & Ac) u. induction u as [u IH] using lt_wf_ind. intros c M Wu Lt.
  destruct (leads maj s I _ _ _ Wu) as (SM & RM & WM & R & L0 & rest & Ru & Vo & St & Mr).
  destruct (meet Q R Qu Ru) as (n & Qn & Rn). destruct (Ac n Qn) as (j & Lj & In_).
  destruct (votes maj s I _ _ _ _ _ (Vo n Rn) In_ Lt) as (k' & L' & Wo' & B).
  rewrite Wo in Wo'. injection Wo' as _ Wo'. subst L'.
  destruct (leads maj s I _ _ _ Wo) as (SL & RL & WL & _).
  destruct (B i v Lj E) as [(L1 & V & S1 & Nw & SV & RV & HV) | (w & Lw & c' & N & Ww & Bad)].
  2: { exfalso. apply Bad. exact (IH w ltac:(lia) c' N Ww ltac:(lia)). }
  rewrite St in S1. injection S1 as S1. subst L1.
  destruct (stands maj s I _ _ _ St) as (_ & S0 & R0 & W0 & Pos).
  assert (H0 : holds L0 L i).
  { destruct (holds_long _ _ _ _ HV E) as [LV EV]. destruct (last_entry _ _ _ EV) as (d & D & LD).
    pose proof (SV i (length V - 1) _ _ ltac:(lia) EV D) as TD. simpl in TD.
    assert (X : exists g, nth_error L0 (length L0 - 1) = Some g /\ last_term L0 = fst g).
    { destruct L0 as [|x L0]; [|apply (last_entry (x :: L0) 0 x); reflexivity].
      destruct Nw as [Nw | [_ Nw]]; [unfold last_term in Nw; simpl in Nw; lia | simpl in Nw; lia]. }
    destruct X as (g & G & LG). destruct (R0 _ _ G) as (c' & N & Wn & HN).
    assert (Len : 0 < length L0) by (apply nth_some in G; lia).
    assert (Whole : firstn (length L0) L0 = firstn (length L0) N).
    { unfold holds in HN. replace (S (length L0 - 1)) with (length L0) in HN by lia. exact HN. }
    assert (Tg : t <= fst g < u).
    { specialize (W0 _ _ G). destruct Nw as [Nw | [Nw _]]; lia. }
    assert (HNL : holds N L i).
    { destruct (Nat.eq_dec (fst g) t) as [F|F].
      - rewrite F, Wo in Wn. injection Wn as _ Wn. subst N. unfold holds. reflexivity.
      - exact (IH (fst g) ltac:(lia) c' N Wn ltac:(lia)). }
    assert (Long : S i <= length L0).
    { destruct (le_lt_dec (S i) (length L0)) as [Y|Y]; [exact Y|]. exfalso.
      destruct (holds_long _ _ _ _ HNL E) as [_ EN].
      destruct (Nat.eq_dec (fst g) t) as [F|F].
      - destruct Nw as [Nw | [_ Nw]]; lia.
      - assert (GN : nth_error N (length L0 - 1) = Some g).
        { rewrite <- (nth_firstn _ _ _ (length L0 - 1) Whole) by lia. exact G. }
        destruct (leads maj s I _ _ _ Wn) as (SN & _).
        pose proof (SN (length L0 - 1) i _ _ ltac:(lia) GN EN) as Z. simpl in Z. lia. }
    unfold holds in *. rewrite (firstn_less _ _ _ (S i) Whole Long). exact HNL. }
  subst M. unfold holds in *. rewrite firstn_longer; [exact H0|].
  destruct (holds_long _ _ _ _ H0 E) as [Z _]. lia.
Qed.

Lemma always : forall maj s, reachable maj s -> Invariant maj s.
Proof. intros maj s R. induction R; [exact (invariant_start maj) | eapply invariant_step; eassumption]. Qed.

(* What the leader of term t has committed up to place i, the leader of every later term has, at the same places. *)
Theorem leader_completeness : forall maj, meets maj -> forall s t i L u c M, reachable maj s -> committed maj s t i L -> won s u = Some (c, M) -> t < u ->
  firstn (S i) M = firstn (S i) L.
Proof. intros maj meet s t i L u c M R C W Lt. exact (completeness maj meet s (always maj s R) t i L C u c M W Lt). Qed.

(* No two servers ever apply different commands at one place: what is committed there, by whichever leader, is one entry. *)
Theorem state_machine_safety : forall maj, meets maj -> forall s t i L u j M p d e, reachable maj s -> committed maj s t i L -> committed maj s u j M ->
  p <= i -> p <= j -> nth_error L p = Some d -> nth_error M p = Some e -> d = e.
Proof.
  intros maj meet s t i L u j M p d e R C D Pi Pj E F. pose proof D as ((c & W) & _). pose proof C as ((c' & W') & _).
  destruct (lt_eq_lt_dec t u) as [[Lt | Eq] | Gt].
  - pose proof (nth_firstn _ _ _ p (leader_completeness maj meet s t i L u c M R C W Lt) ltac:(lia)). congruence.
  - subst u. congruence.
  - pose proof (nth_firstn _ _ _ p (leader_completeness maj meet s u j M t c' L R D W' Gt) ltac:(lia)). congruence.
Qed.


(* Runs of three servers, step by step; a majority is any two of them. *)
Definition two (Q : nat -> Prop) : Prop := (Q 1 /\ Q 2) \/ (Q 1 /\ Q 3) \/ (Q 2 /\ Q 3).
Ltac go H := match goal with R : reachable ?maj ?s |- _ => let N := fresh in pose proof (after_step maj s _ R H) as N;
  clear R; rename N into R; cbv beta iota delta [start term log vote stood won acked] in R end.
Ltac stands c t := match goal with R : reachable ?maj ?s |- _ => go (stand maj s c t ltac:(cbv; lia)) end.
Ltac grants n c t L := match goal with R : reachable ?maj ?s |- _ =>
  go (grant maj s n c t L ltac:(reflexivity) ltac:(cbv; lia) ltac:(reflexivity) ltac:(cbv; lia) ltac:(reflexivity)) end.
Ltac wins c t other L := match goal with R : reachable ?maj ?s |- _ =>
  go (win maj s c t (fun n => n = c \/ n = other) L ltac:(cbv; tauto) ltac:(intros ? [X|X]; subst; reflexivity)
    ltac:(reflexivity) ltac:(reflexivity) ltac:(reflexivity)) end.
Ltac elected c t other L := stands c t; grants other c t L; wins c t other L.
Ltac appends c L v := match goal with R : reachable ?maj ?s |- _ => go (append maj s c L v ltac:(reflexivity)) end.
Ltac confirms c L := match goal with R : reachable ?maj ?s |- _ => go (confirm maj s c L ltac:(reflexivity)) end.
Ltac accepts f t c L k e := match goal with R : reachable ?maj ?s |- _ =>
  go (accept maj s f t c L k e ltac:(reflexivity) ltac:(cbv; lia) ltac:(discriminate) ltac:(reflexivity) ltac:(left; reflexivity)) end.

Theorem something_is_committed : exists s, reachable two s /\ committed two s 1 0 [(1, 7)].
Proof.
  pose proof (at_start two) as R.
  elected 1 1 2 (@nil (nat * nat)). appends 1 (@nil (nat * nat)) 7. confirms 1 [(1, 7)]. accepts 2 1 1 [(1, 7)] 0 (1, 7).
  eexists. split; [exact R|]. split; [exists 1; reflexivity|]. split; [exists 7; reflexivity|].
  exists (fun n => n = 1 \/ n = 2). split; [cbv; tauto|].
  intros n [X|X]; subst; exists 1; split; auto; simpl; tauto.
Qed.

(* The entry of an earlier term is on a majority, by the hand of the leader of term 3, and the leader of term 4 lacks it. *)
Theorem own_term_needed : exists s c M, reachable two s /\ won s 3 = Some (1, [(1, 7)]) /\
  (forall n, n = 1 \/ n = 2 -> In (n, 3, 1) (acked s)) /\ won s 4 = Some (c, M) /\ firstn 1 M <> [(1, 7)].
Proof.
  pose proof (at_start two) as R.
  elected 1 1 2 (@nil (nat * nat)). appends 1 (@nil (nat * nat)) 7.
  elected 3 2 2 (@nil (nat * nat)). appends 3 (@nil (nat * nat)) 8.
  elected 1 3 2 [(1, 7)]. confirms 1 [(1, 7)]. accepts 2 3 1 [(1, 7)] 0 (1, 7).
  elected 3 4 2 [(2, 8)].
  eexists. exists 3, [(2, 8)]. split; [exact R|]. split; [reflexivity|]. split.
  - intros n [X|X]; subst; simpl; tauto.
  - split; [reflexivity | discriminate].
Qed.
